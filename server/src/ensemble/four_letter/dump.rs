//! `dump`: the sessions by their expiry on the leader and on a server that stands alone, with their time-outs on a follower
//! (`SessionTrackerImpl.dumpSessions`, `LearnerSessionTracker.dumpSessions`, 3.4 to 3.9); then the ephemeral znodes, which the
//! mirror knows itself; then, since 3.5, the connections of this server.
//!
//! An expiry is written as Java writes a date: by the server's time of day in the server's time zone, which is not named in a way
//! that can be read, and by 3.4 as if the machine had started in 1970. So it is read as a number that only differences
//! can be taken of.

use zooscope_protocol::SessionId;

use crate::ensemble::told::{Dump, Link, address};

/// An answer while it is read.
#[derive(Debug, Default)]
pub(super) struct Dumping {
    part: Part,
    dump: Dump,
    expiry: Option<i64>,
    any: bool,
}

/// Which part of the answer a line belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What comes before the first heading.
    #[default]
    Nothing,
    Sessions,
    Ephemerals,
    Connections,
}

impl Dumping {
    /// Takes the next line in.
    pub(super) fn line(&mut self, line: &str) {
        match line {
            "SessionTracker dump:" => (self.part, self.any) = (Part::Sessions, true),
            "ephemeral nodes dump:" => self.part = Part::Ephemerals,
            "Connections dump:" => {
                self.part = Part::Connections;
                self.dump.links.get_or_insert_default();
            }
            _ => match self.part {
                Part::Nothing | Part::Ephemerals => {}
                Part::Sessions => self.session(line),
                Part::Connections => {
                    let links = self.dump.links.get_or_insert_default();
                    links.extend(connection(line));
                }
            },
        }
    }

    /// What was told; `None` where it was no answer to this word.
    pub(super) fn finish(self) -> Option<Dump> {
        self.any.then_some(self.dump)
    }

    fn session(&mut self, line: &str) {
        if let Some((_, date)) = line.split_once(" expire at ") {
            self.expiry = millis(date.trim_end_matches(':'));
        } else if let Some(session) = line.strip_prefix('\t').and_then(|id| id.trim().parse().ok()) {
            if let Some(expiry) = self.expiry {
                self.dump.expiries.insert(session, expiry);
            }
        } else if let Some((session, timeout)) = line.split_once('\t')
            && let Ok(session) = session.parse()
            && let Some(Ok(timeout)) = timeout.strip_suffix("ms").map(str::parse)
        {
            self.dump.timeouts.insert(session, timeout);
        }
    }
}

/// Reads `\tip: /ADDRESS sessionId: 0x…`; a connection without a session has the id 0.
fn connection(line: &str) -> Option<Link> {
    let (client, session) = line.trim().strip_prefix("ip: ")?.split_once(" sessionId: ")?;
    let session = session.parse().ok().filter(|session: &SessionId| session.0 != 0)?;
    Some(Link { session, client: address(client)?, timeout_ms: None, last_operation: None })
}

/// The milliseconds from 1970 to a date as `java.util.Date.toString` writes it, `Mon Nov 23 22:19:59 UTC 2026`, whatever its
/// time zone.
fn millis(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = date.split_ascii_whitespace();
    let (month, day, time) = (words.nth(1)?, words.next()?, words.next()?);
    // The time zone may have several words; the year is the last.
    let year: i64 = words.last()?.parse().ok().filter(|year| (1..=9999).contains(year))?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let day: i64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let mut parts =
        time.split(':').map(|part| part.parse().ok().filter(|part: &i64| (0..=60).contains(part)));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let days = days_to(year, month) + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

/// The days from 1970 to the first day of a month, counted from 0.
fn days_to(year: i64, month: usize) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    let leap = leaps(year) - leaps(year - 1);
    let this_year = BEFORE.get(month).copied().unwrap_or_default() + if month >= 2 { leap } else { 0 };
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + this_year
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    fn read(name: &str) -> Dump {
        let mut dump = Dumping::default();
        fixtures::text(name).lines().for_each(|line| dump.line(line));
        dump.finish().expect(name)
    }

    fn expiries(dump: &Dump) -> Vec<(String, i64)> {
        dump.expiries.iter().map(|(session, at)| (format!("{:x}", session.0), *at)).collect()
    }

    fn links(dump: &Dump) -> Vec<String> {
        let links = dump.links.iter().flatten();
        links.map(|link| format!("{:x} {}", link.session.0, link.client)).collect()
    }

    fn hex<T: Copy>(pairs: &[(&str, T)]) -> Vec<(String, T)> {
        pairs.iter().map(|(session, at)| ((*session).to_owned(), *at)).collect()
    }

    #[test]
    fn a_server_that_stands_alone_tells_expiries() {
        let old = read("zk-3.4.14/4lw-dump.txt");
        let expected = [
            ("1000038be680000", 3_743_000),
            ("1000038be680001", 3_733_000),
            ("1000038be680002", 3_733_000),
            ("1000038be680003", 3_734_000),
        ];
        assert_eq!(expiries(&old), hex(&expected));
        assert_eq!(old.links, None);
        let dump = read("zk-3.8.0/4lw-dump.txt");
        let at = 1_795_472_399_000;
        let expected = [
            ("10000097ebb0146", at + 10_000),
            ("10000097ebb0147", at),
            ("10000097ebb0148", at),
            ("10000097ebb0149", at + 1_000),
        ];
        assert_eq!(expiries(&dump), hex(&expected));
        assert_eq!(
            links(&dump),
            [
                "10000097ebb0147 127.0.0.1:45678",
                "10000097ebb0148 127.0.0.1:45694",
                "10000097ebb0146 127.0.0.1:45664",
                "10000097ebb0149 127.0.0.1:45710",
            ]
        );
        assert_eq!(read("zk-3.9.3/4lw-dump.txt").expiries.len(), 4);
        assert_eq!(links(&read("zk-3.9.3/4lw-dump.txt")).len(), 4);
        assert_eq!(links(&read("zk-3.8.0/ipv6-4lw-dump.txt")), ["100003d69640000 [::1]:48548"]);
    }

    #[test]
    fn an_ensemble_tells_expiries_by_its_leader_and_time_outs_by_its_followers() {
        for follower in ["server1", "server2"] {
            let dump = read(&format!("zk-3.8.0-ensemble/{follower}-follower-4lw-dump.txt"));
            assert!(dump.expiries.is_empty());
            let timeouts: Vec<_> =
                dump.timeouts.iter().map(|(session, ms)| (format!("{:x}", session.0), *ms)).collect();
            let expected =
                [("1000025fb8e0000", 10_000), ("2000025fb8e0000", 10_000), ("3000025fba20000", 10_000)];
            assert_eq!(timeouts, hex(&expected));
            assert_eq!(links(&dump).len(), 1);
        }
        let dump = read("zk-3.8.0-ensemble/server3-leader-4lw-dump.txt");
        let at = 1_795_472_445_000;
        let expected =
            [("1000025fb8e0000", at), ("2000025fb8e0000", at + 1_000), ("3000025fba20000", at + 1_000)];
        assert_eq!(expiries(&dump), hex(&expected));
        assert_eq!(links(&dump), ["3000025fba20000 127.0.0.1:41918"]);
    }

    #[test]
    fn a_date_is_read_whatever_its_zone() {
        for (date, expected) in [
            ("Thu Jan 01 00:00:00 UTC 1970", Some(0)),
            ("Thu Jan 01 01:02:13 UTC 1970", Some(3_733_000)),
            ("Thu Feb 29 23:59:59 CET 2024", Some(1_709_251_199_000)),
            ("Fri Mar 01 00:00:00 GMT+02:00 2024", Some(1_709_251_200_000)),
            ("Mon Nov 23 22:19:59 UTC 2026", Some(1_795_472_399_000)),
            ("Mon Nov 99 22:19:59 UTC 2026", None),
            ("Mon Nov 23 22:19 UTC 2026", None),
            ("Mon Nov 23 22:19:59 UTC 99999999999999", None),
            ("", None),
        ] {
            assert_eq!(millis(date), expected, "{date}");
        }
    }
}
