//! Whether every loop still turns: what the watchdog is fed with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One loop's sign of life.
#[derive(Debug, Clone)]
pub struct Beat {
    last: Arc<Mutex<Instant>>,
}

impl Beat {
    /// The loop turned.
    pub fn beat(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// The signs of life of all loops, each with how long it may be silent.
#[derive(Debug, Clone, Default)]
pub struct Pulse {
    beats: Arc<Mutex<Vec<(Beat, Duration)>>>,
}

impl Pulse {
    /// A sign of life for one more loop.
    pub fn beat(&self, silence: Duration) -> Beat {
        let beat = Beat { last: Arc::new(Mutex::new(Instant::now())) };
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).push((beat.clone(), silence));
        beat
    }

    /// Whether a loop has been silent for too long.
    pub fn stuck(&self) -> bool {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats
            .iter()
            .any(|(beat, silence)| beat.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > *silence)
    }
}
