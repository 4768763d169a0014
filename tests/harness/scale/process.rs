//! What the operating system tells of a process: its memory and the time that it computed.

use std::time::Duration;

/// What Linux counts processor time in, for every program: `USER_HZ`.
const TICKS_PER_SECOND: f64 = 100.0;

/// How long a process has computed so far, in user and in system mode; `None` where the operating system does not tell.
pub fn computed(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may have spaces; what follows has none. Fields 14 and 15 of proc(5).
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
}
