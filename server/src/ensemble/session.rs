//! One session with ZooKeeper, over `zookeeper_client`.
//!
//! The client has no cap on how long it waits for a server that accepts and never answers, so each request here has one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use zookeeper_client as zk;
use zooscope_protocol::{AclEntry, EventKind, SessionId, Stat, Timestamp, ZnodePath, Zxid};

use super::Error;
use super::access::{Access, Scheme};
use super::relay::{Backlog, Relay};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// ZooKeeper's permissions and their bits.
const PERMISSIONS: [(zk::Permission, u32); 5] = [
    (zk::Permission::READ, 1),
    (zk::Permission::WRITE, 2),
    (zk::Permission::CREATE, 4),
    (zk::Permission::DELETE, 8),
    (zk::Permission::ADMIN, 16),
];

/// The ACL of what is the console's own: everybody may see it, nobody else may change it.
static OWN: [zk::Acl; 2] = [
    zk::Acl::new_const(zk::Permission::ALL, "auth", ""),
    zk::Acl::new_const(zk::Permission::READ, "world", "anyone"),
];

/// A session. It is closed when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Session {
    client: zk::Client,
    /// Whether ZooKeeper knows the console by name, so that what it creates can be its own.
    known: bool,
    // After the client, whose last word it carries.
    pub(super) relay: Arc<Relay>,
}

/// How a session is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// To a server that reads and writes.
    Connected,
    /// To a server that has lost its quorum.
    ReadOnly,
    /// To none; the client tries again by itself.
    Lost,
    /// The session is over.
    Ended,
    /// The credentials were refused; the session is over.
    AuthFailed,
}

/// A recursive watch on everything below the chroot. It must be drained all the time: where its events are not heard, the
/// connection is ended.
#[derive(Debug)]
pub struct Watch {
    watcher: zk::PersistentWatcher,
    backlog: Arc<Backlog>,
}

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// A znode was created, deleted or its data changed.
    Znode {
        /// What happened.
        kind: EventKind,
        /// To which znode.
        path: ZnodePath,
        /// In which transaction; servers before 3.9 do not say.
        zxid: Option<Zxid>,
    },
    /// The connection changed; the session lives.
    Connection,
    /// A path that is none by the rules of `ZnodePath`, which no server accepts.
    Unreadable(String),
    /// The session is over and nothing more will come.
    Ended,
}

/// One read in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Data and stat.
    Data(ZnodePath),
    /// The names of the children.
    Children(ZnodePath),
}

/// The answer to one read.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Data and stat.
    Data(Vec<u8>, Stat),
    /// The names of the children, in no order.
    Children(Vec<String>),
    /// It failed by itself; the others of the batch did not.
    Failed(Error),
}

/// One write in a transaction.
#[derive(Debug, Clone)]
pub enum Write {
    /// The data version is this.
    Check(ZnodePath, i32),
    /// Delete the znode with this data version.
    Delete(ZnodePath, i32),
    /// Write this as the data of the znode with this data version.
    Data(ZnodePath, i32, Vec<u8>),
    /// Create a persistent znode with this ACL; with `sequential` ZooKeeper adds a number to its name.
    Create {
        /// Its path, or what comes before the number.
        path: ZnodePath,
        /// Its data.
        data: Vec<u8>,
        /// Its ACL; `None` for that of what is the console's own.
        acl: Option<Vec<AclEntry>>,
        /// Whether it gets a number.
        sequential: bool,
    },
}

/// Why a transaction was not committed, or perhaps was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// One of its writes was refused, so nothing was changed.
    #[error("write {index} of the transaction was refused")]
    Refused {
        /// Which, from 0.
        index: usize,
        /// Why.
        #[source]
        source: Error,
    },
    /// The whole request failed.
    #[error("the transaction failed")]
    Failed(#[source] Error),
}

impl Session {
    /// Opens a session. Errors: [`Error::NoAnswer`] when no server answers within about `session_timeout`, or none that is
    /// believed to be who it should be.
    pub async fn open(access: &Access, session_timeout: Duration) -> Result<Self, Error> {
        let relay = Relay::start(access).await.map_err(|error| {
            tracing::warn!(%error, "there is no way to ZooKeeper");
            Error::NoAnswer
        })?;
        let mut connector = zk::Client::connector()
            .with_session_timeout(session_timeout)
            .with_readonly(true)
            .with_fail_eagerly();
        if let Some(identity) = &access.identity {
            let (user, password) = (&identity.user, identity.password.expose());
            connector = match identity.scheme {
                Scheme::Digest => connector.with_auth("digest", format!("{user}:{password}").as_bytes()),
                Scheme::Sasl => {
                    connector.with_sasl(zk::SaslOptions::digest_md5(user.clone(), password.to_owned()))
                }
            };
        }
        let chroot = access.connect.chroot();
        let chroot = if chroot.is_root() { "" } else { chroot.as_str() };
        let client = connector.connect(&format!("{}{chroot}", relay.servers())).await?;
        Ok(Self { client, known: access.is_known(), relay: Arc::new(relay) })
    }

    /// The session's id.
    pub fn id(&self) -> SessionId {
        SessionId(self.client.session_id().0)
    }

    /// The time-out that was agreed upon with the server.
    pub fn timeout(&self) -> Duration {
        self.client.session_timeout()
    }

    /// How it is connected now.
    pub fn connection(&self) -> Connection {
        connection(self.client.state())
    }

    /// Sets the recursive watch. Errors: [`Error::Unsupported`] on servers before 3.6.
    pub async fn watch(&self) -> Result<Watch, Error> {
        let watcher = patient(self.client.watch("/", zk::AddWatchMode::PersistentRecursive)).await?;
        Ok(Watch { watcher, backlog: self.relay.backlog() })
    }

    /// Reads a batch in one request. The answers are in the order of the reads. Errors: those of the whole request.
    pub async fn read(&self, reads: &[Read]) -> Result<Vec<Reading>, Error> {
        let mut reader = self.client.new_multi_reader();
        for read in reads {
            match read {
                Read::Data(path) => reader.add_get_data(path.as_str())?,
                Read::Children(path) => reader.add_get_children(path.as_str())?,
            }
        }
        let answers = patient(reader.commit()).await?;
        Ok(answers.into_iter().map(reading).collect())
    }

    /// The stat of a znode, which needs no permission; `None` where there is none.
    pub async fn stat(&self, path: &ZnodePath) -> Result<Option<Stat>, Error> {
        Ok(patient(self.client.check_stat(path.as_str())).await?.map(|found| stat(&found)))
    }

    /// Data and stat of a znode.
    pub async fn data(&self, path: &ZnodePath) -> Result<(Vec<u8>, Stat), Error> {
        let (data, found) = patient(self.client.get_data(path.as_str())).await?;
        Ok((data, stat(&found)))
    }

    /// The names of the children of a znode.
    pub async fn children(&self, path: &ZnodePath) -> Result<Vec<String>, Error> {
        patient(self.client.list_children(path.as_str())).await
    }

    /// The ACL of a znode.
    pub async fn acl(&self, path: &ZnodePath) -> Result<Vec<AclEntry>, Error> {
        let (acls, _) = patient(self.client.get_acl(path.as_str())).await?;
        Ok(acls.iter().map(acl_entry).collect())
    }

    /// Waits until the server has caught up with the leader.
    pub async fn sync(&self) -> Result<(), Error> {
        patient(self.client.sync("/")).await
    }

    /// Writes data over data of this version and returns the stat that results.
    pub async fn set_data(&self, path: &ZnodePath, data: &[u8], version: i32) -> Result<Stat, Error> {
        Ok(stat(&patient(self.client.set_data(path.as_str(), data, Some(version))).await?))
    }

    /// Creates a persistent znode of the console's own: where ZooKeeper knows it by name nobody else writes to it, and else it
    /// allows everybody everything.
    pub async fn create(&self, path: &ZnodePath, data: &[u8]) -> Result<(), Error> {
        let options = zk::CreateMode::Persistent.with_acls(self.own());
        patient(self.client.create(path.as_str(), data, &options)).await.map(drop)
    }

    /// Deletes a znode of this data version.
    pub async fn delete(&self, path: &ZnodePath, version: i32) -> Result<(), Error> {
        patient(self.client.delete(path.as_str(), Some(version))).await
    }

    /// Does all the writes or none, and returns the paths of the znodes that were created, in their order.
    pub async fn commit(&self, writes: &[Write]) -> Result<Vec<ZnodePath>, CommitError> {
        let failed = |error: zk::Error| CommitError::Failed(error.into());
        let mut writer = self.client.new_multi_writer();
        for write in writes {
            match write {
                Write::Check(path, version) => writer.add_check_version(path.as_str(), *version),
                Write::Delete(path, version) => writer.add_delete(path.as_str(), Some(*version)),
                Write::Data(path, version, data) => writer.add_set_data(path.as_str(), data, Some(*version)),
                Write::Create { path, data, acl, sequential } => {
                    let acls: Option<Vec<zk::Acl>> =
                        acl.as_ref().map(|entries| entries.iter().map(zk_acl).collect());
                    let acls = acls.as_deref().map_or(self.own(), zk::Acls::new);
                    let mode = if *sequential {
                        zk::CreateMode::PersistentSequential
                    } else {
                        zk::CreateMode::Persistent
                    };
                    writer.add_create(path.as_str(), data, &mode.with_acls(acls))
                }
            }
            .map_err(failed)?;
        }
        let results = match timeout(PATIENCE, writer.commit()).await {
            Ok(results) => results.map_err(|error| match error {
                zk::MultiWriteError::OperationFailed { index, source } => {
                    CommitError::Refused { index, source: source.into() }
                }
                zk::MultiWriteError::RequestFailed { source } => CommitError::Failed(source.into()),
            })?,
            Err(_) => return Err(CommitError::Failed(Error::NoAnswer)),
        };
        let created = results.into_iter().filter_map(|result| match result {
            zk::MultiWriteResult::Create { path, .. } => ZnodePath::parse(&path).ok(),
            _ => None,
        });
        Ok(created.collect())
    }

    fn own(&self) -> zk::Acls<'static> {
        if self.known { zk::Acls::new(&OWN) } else { zk::Acls::anyone_all() }
    }
}

impl Watch {
    /// The next event.
    pub async fn next(&mut self) -> WatchEvent {
        let event = self.watcher.changed().await;
        let kind = match event.event_type {
            zk::EventType::NodeCreated => EventKind::Created,
            zk::EventType::NodeDeleted => EventKind::Deleted,
            zk::EventType::NodeDataChanged => EventKind::DataChanged,
            // After this the client panics when it is asked again.
            _ if event.session_state.is_terminated() => return WatchEvent::Ended,
            _ => return WatchEvent::Connection,
        };
        self.backlog.hear();
        match ZnodePath::parse(&event.path) {
            Ok(path) => {
                let zxid = (event.zxid != zk::WatchedEvent::NO_ZXID).then_some(Zxid(event.zxid));
                WatchEvent::Znode { kind, path, zxid }
            }
            Err(_) => WatchEvent::Unreadable(event.path),
        }
    }
}

async fn patient<T>(request: impl Future<Output = Result<T, zk::Error>>) -> Result<T, Error> {
    match timeout(PATIENCE, request).await {
        Ok(answer) => answer.map_err(Error::from),
        Err(_) => Err(Error::NoAnswer),
    }
}

fn connection(state: zk::SessionState) -> Connection {
    match state {
        zk::SessionState::SyncConnected => Connection::Connected,
        zk::SessionState::ConnectedReadOnly => Connection::ReadOnly,
        zk::SessionState::Disconnected => Connection::Lost,
        zk::SessionState::AuthFailed => Connection::AuthFailed,
        zk::SessionState::Expired | zk::SessionState::Closed => Connection::Ended,
    }
}

fn reading(answer: zk::MultiReadResult) -> Reading {
    match answer {
        zk::MultiReadResult::Data { data, stat: found } => Reading::Data(data, stat(&found)),
        zk::MultiReadResult::Children { children } => Reading::Children(children),
        zk::MultiReadResult::Error { err } => Reading::Failed(err.into()),
        _ => Reading::Failed(Error::Unsupported),
    }
}

fn stat(found: &zk::Stat) -> Stat {
    Stat {
        czxid: Zxid(found.czxid),
        mzxid: Zxid(found.mzxid),
        ctime: Timestamp(found.ctime),
        mtime: Timestamp(found.mtime),
        version: found.version,
        cversion: found.cversion,
        aversion: found.aversion,
        ephemeral_owner: found.ephemeral_owner,
        data_length: found.data_length,
        num_children: found.num_children,
        pzxid: Zxid(found.pzxid),
    }
}

fn acl_entry(acl: &zk::Acl) -> AclEntry {
    let held = PERMISSIONS.iter().filter(|(permission, _)| acl.permission().has(*permission));
    AclEntry {
        scheme: acl.scheme().to_owned(),
        id: acl.id().to_owned(),
        permissions: held.map(|(_, bit)| bit).sum(),
    }
}

fn zk_acl(entry: &AclEntry) -> zk::Acl {
    let permission = PERMISSIONS
        .into_iter()
        .filter(|(_, bit)| entry.permissions & bit != 0)
        .fold(zk::Permission::NONE, |sum, (permission, _)| sum | permission);
    zk::Acl::new(permission, zk::AuthId::new(&entry.scheme, &entry.id))
}
