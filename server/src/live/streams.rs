//! How many streams each person has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use zooscope_protocol::AuthMode;

use crate::auth::Principal;

/// The streams that are open, by person.
#[derive(Debug, Clone)]
pub struct Streams {
    open: Arc<Mutex<HashMap<String, usize>>>,
    since: Instant,
}

/// One stream's place. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    streams: Streams,
    subject: Option<String>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { open: Arc::default(), since: Instant::now() }
    }
}

impl Streams {
    /// The moment from which the beats are counted that all streams share.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// A place for one more stream of this person; `None` where they have too many. Where nobody is known, nobody is counted.
    pub fn enter(&self, who: &Principal, limit: usize) -> Option<Place> {
        if who.mode == AuthMode::None {
            return Some(Place { streams: self.clone(), subject: None });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(who.subject.clone()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Place { streams: self.clone(), subject: Some(who.subject.clone()) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(subject) = &self.subject else { return };
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(subject) {
            *count -= 1;
            if *count == 0 {
                open.remove(subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use zooscope_protocol::Role;

    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_stream_ends() {
        let streams = Streams::default();
        let mut ann = Principal::loopback(IpAddr::V4(Ipv4Addr::LOCALHOST), Role::Viewer);
        let nobody = ann.clone();
        ann.mode = AuthMode::Static;
        let first = streams.enter(&ann, 1).unwrap();
        assert!(streams.enter(&ann, 1).is_none());
        assert!(streams.enter(&nobody, 0).is_some());
        drop(first);
        assert!(streams.enter(&ann, 1).is_some());
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
