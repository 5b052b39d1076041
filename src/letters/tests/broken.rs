//! Templates with faults are named with file, line and remedy.
