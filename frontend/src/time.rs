//! The one clock of the page: it ticks once a second and follows the server's.

use std::time::Duration;

use leptos::prelude::*;
use zooscope_protocol::Timestamp;

/// A difference smaller than this is the network's, not a clock's.
const TOLERANCE_MS: i64 = 250;

/// The clock. Copies are the same one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    now: RwSignal<i64>,
    offset: StoredValue<i64>,
}

impl Clock {
    /// Starts the clock for as long as the page lives.
    pub(crate) fn start() -> Self {
        let clock = Self { now: RwSignal::new(local()), offset: StoredValue::new(0) };
        let tick = move || clock.now.set(local() + clock.offset.get_value());
        let _ = set_interval_with_handle(tick, Duration::from_secs(1));
        clock
    }

    /// The server told its time.
    pub(crate) fn correct(self, server: Timestamp) {
        let offset = server.0 - local();
        if (offset - self.offset.get_value()).abs() > TOLERANCE_MS {
            self.offset.set_value(offset);
            self.now.set(local() + offset);
        }
    }

    /// The server's time in milliseconds since the epoch, to the second. Tracks.
    pub(crate) fn now(self) -> i64 {
        self.now.get()
    }

    /// The milliseconds since a moment, 0 for one that is yet to come. Tracks.
    pub(crate) fn since(self, moment: Timestamp) -> u64 {
        u64::try_from(self.now() - moment.0).unwrap_or(0)
    }

    /// How far the server's clock is ahead of this browser's, in milliseconds.
    pub(crate) fn skew(self) -> i64 {
        self.offset.get_value()
    }
}

/// The browser's own time.
pub(crate) fn local() -> i64 {
    js_sys::Date::now() as i64
}

/// The zone of the browser at a moment, in minutes east of UTC.
pub(crate) fn zone(moment: Timestamp) -> i64 {
    -(js_sys::Date::new(&(moment.0 as f64).into()).get_timezone_offset() as i64)
}
