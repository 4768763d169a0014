//! From when on something lasts too long.

use zooscope_protocol::Severity;

/// From when on something is said to last too long, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// How long a lock may be held while others wait for it.
    pub held: Steps,
    /// How long a contender may wait.
    pub waiting: Steps,
    /// How long nothing may leave a queue that has items, or its first item may stay while others leave.
    pub queue: u64,
    /// How long a lease of a semaphore of Curator's may stay pending after another was given back.
    pub wedged: u64,
    /// How old an empty directory is when it is left over.
    pub left_over: u64,
}

/// From when on something is worth knowing, worth looking at, and critical, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Worth knowing.
    pub watch: u64,
    /// Worth looking at.
    pub warn: u64,
    /// Critical.
    pub critical: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            held: Steps { watch: 60, warn: 300, critical: 600 },
            waiting: Steps { watch: 10, warn: 30, critical: 60 },
            queue: 300,
            wedged: 120,
            left_over: 86_400,
        }
    }
}

impl Steps {
    /// How bad so many milliseconds are.
    pub(super) fn severity(self, millis: u64) -> Option<Severity> {
        let seconds = millis / 1_000;
        match seconds {
            _ if seconds >= self.critical => Some(Severity::Critical),
            _ if seconds >= self.warn => Some(Severity::Warn),
            _ if seconds >= self.watch => Some(Severity::Info),
            _ => None,
        }
    }
}
