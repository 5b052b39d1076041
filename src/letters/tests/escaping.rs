//! Values cannot become anything but words.
