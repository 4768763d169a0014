//! From when on something is said to last too long.

use serde::Deserialize;
use zooscope_model::{Steps, Thresholds};

use super::Error;

/// `[thresholds]` of the file, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    /// How long a lock may be held while others wait: worth knowing, worth looking at, critical.
    held_s: [u64; 3],
    /// How long a contender may wait, in the same three steps.
    waiting_s: [u64; 3],
    /// How long nothing may leave a queue that has items.
    queue_s: u64,
    /// How long a lease of a semaphore of Curator's may stay pending after another was given back.
    wedged_s: u64,
    /// How old an empty directory of a lock is when it is left over.
    left_over_s: u64,
}

/// A year, beyond which a threshold is a mistake.
const LONGEST_S: u64 = 365 * 86_400;

impl Default for Table {
    fn default() -> Self {
        let Thresholds { held, waiting, queue, wedged, left_over } = Thresholds::default();
        let three = |steps: Steps| [steps.watch, steps.warn, steps.critical];
        Self {
            held_s: three(held),
            waiting_s: three(waiting),
            queue_s: queue,
            wedged_s: wedged,
            left_over_s: left_over,
        }
    }
}

impl Table {
    pub(super) fn read(self) -> Result<Thresholds, Error> {
        Ok(Thresholds {
            held: steps("held_s", self.held_s)?,
            waiting: steps("waiting_s", self.waiting_s)?,
            queue: seconds("queue_s", self.queue_s)?,
            wedged: seconds("wedged_s", self.wedged_s)?,
            left_over: seconds("left_over_s", self.left_over_s)?,
        })
    }
}

fn seconds(key: &str, value: u64) -> Result<u64, Error> {
    if (1..=LONGEST_S).contains(&value) {
        return Ok(value);
    }
    Err(Error::value(format!("thresholds.{key}"), format!("write seconds, 1 to {LONGEST_S}")))
}

fn steps(key: &str, [watch, warn, critical]: [u64; 3]) -> Result<Steps, Error> {
    for value in [watch, warn, critical] {
        seconds(key, value)?;
    }
    if watch > warn || warn > critical {
        let why =
            "write three numbers of seconds that do not fall: worth knowing, worth looking at, critical";
        return Err(Error::value(format!("thresholds.{key}"), why));
    }
    Ok(Steps { watch, warn, critical })
}
