//! Trees that a test builds, with stats as a server would give them.

use std::sync::Arc;

use zooscope_model::{Put, Record, Revision, Roster, Tree, Watches};
use zooscope_protocol::{Peer, SessionId, Stat, Status, Timestamp, ZnodePath, Zxid};

use crate::recorded::info;

/// A server's tree, one transaction and one second after another.
#[derive(Debug, Default, Clone)]
pub(crate) struct Built {
    pub(crate) tree: Tree,
    zxid: i64,
}

/// A path.
pub(crate) fn at(text: &str) -> ZnodePath {
    ZnodePath::parse(text).unwrap()
}

/// 32 hexadecimal digits, as kazoo names an object.
pub(crate) fn hex(object: u32) -> String {
    format!("{object:032x}")
}

/// A UUID, as Curator protects a name.
pub(crate) fn guid(object: u32) -> String {
    format!("{object:08x}-0cf9-4763-bb37-1e94d0ab7deb")
}

impl Built {
    /// The time of the last transaction.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000 + self.zxid * 1_000)
    }

    /// Lets so many seconds go by.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.zxid += seconds;
    }

    /// A persistent znode, with those above it.
    pub(crate) fn dir(&mut self, path: &str) {
        self.create(path, 0, b"");
    }

    /// An ephemeral znode.
    pub(crate) fn own(&mut self, path: &str, session: i64) {
        self.create(path, session, b"");
    }

    /// A znode, with those above it.
    pub(crate) fn create(&mut self, path: &str, session: i64, data: &[u8]) {
        let path = at(path);
        if let Some(parent) = path.parent().filter(|parent| self.tree.get(parent).is_none()) {
            self.dir(parent.as_str());
        }
        self.zxid += 1;
        let stat = Stat {
            czxid: Zxid(self.zxid),
            mzxid: Zxid(self.zxid),
            pzxid: Zxid(self.zxid),
            ctime: self.now(),
            mtime: self.now(),
            ephemeral_owner: session,
            data_length: i32::try_from(data.len()).unwrap(),
            ..Stat::default()
        };
        let record = Record { stat, data: Arc::from(data), readable: true };
        assert_eq!(self.tree.put(&path, record), Put::Created, "{path}");
        self.touch(&path, 1);
    }

    /// A znode that goes.
    pub(crate) fn delete(&mut self, path: &str) {
        self.zxid += 1;
        assert!(self.tree.remove(&at(path)), "{path}");
        self.touch(&at(path), -1);
    }

    fn touch(&mut self, child: &ZnodePath, children: i32) {
        let parent = child.parent().unwrap();
        let mut record = self.tree.get(&parent).unwrap().record().clone();
        record.stat.cversion += 1;
        record.stat.num_children += children;
        record.stat.pzxid = Zxid(self.zxid);
        self.tree.put(&parent, record);
    }

    /// A kazoo lock: the first session holds, the others wait.
    pub(crate) fn kazoo(&mut self, lock: &str, sessions: &[i64]) {
        for (place, session) in sessions.iter().enumerate() {
            let object = hex(self.zxid as u32 + 1);
            self.own(&format!("{lock}/{object}__lock__{place:010}"), *session);
        }
    }

    /// A Curator mutex whose contenders write the address of their host.
    pub(crate) fn curator(&mut self, lock: &str, sessions: &[i64]) {
        for (place, session) in sessions.iter().enumerate() {
            let name = format!("{lock}/_c_{}-lock-{place:010}", guid(self.zxid as u32 + 1));
            self.create(&name, *session, b"10.0.0.7");
        }
    }

    /// A kazoo semaphore with as many leases as holders.
    pub(crate) fn semaphore(&mut self, path: &str, holders: &[i64], waiters: &[i64]) {
        self.create(path, 0, holders.len().to_string().as_bytes());
        self.dir(&format!("{path}-__lock__"));
        for session in holders {
            let object = hex(self.zxid as u32 + 1);
            self.own(&format!("{path}/{object}"), *session);
        }
        self.kazoo(&format!("{path}-__lock__"), waiters);
    }

    /// The first live revision of this tree.
    pub(crate) fn revision(&self) -> Revision {
        let first = Revision::first(info(Status::Scanning), self.now());
        first.next(self.tree.clone(), info(Status::Live), self.now())
    }

    /// The revision that follows with this tree.
    pub(crate) fn after(&self, before: &Revision) -> Revision {
        before.next(self.tree.clone(), info(Status::Live), self.now())
    }
}

/// A revision some seconds later, with every second between.
pub(crate) fn later(revision: Revision, seconds: i64) -> Revision {
    let start = revision.at;
    (1..=seconds).fold(revision, |now, second| now.tick(Timestamp(start.0 + second * 1_000)).unwrap())
}

/// What all servers say at a time: who watches what in a lock.
pub(crate) fn watches(revision: &Revision, lock: &str, seconds: i64, watched: &[(&str, &[i64])]) -> Roster {
    let at_time = Timestamp(revision.at.0 + seconds * 1_000);
    let by_path = watched
        .iter()
        .map(|(path, sessions)| (at(path), sessions.iter().map(|session| SessionId(*session)).collect()));
    let told = Watches { at: at_time, complete: true, by_path: by_path.collect() };
    Roster { at: at_time, watches: [(at(lock), told)].into(), ..Roster::default() }
}

/// What the servers say of one session.
pub(crate) fn peer(session: i64, peer: Peer) -> Roster {
    Roster { peers: [(SessionId(session), peer)].into(), ..Roster::default() }
}
