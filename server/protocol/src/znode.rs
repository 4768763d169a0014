//! A znode as the tree shows it: one line among its siblings, or whole.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Recipe, SessionId, Stat, Timestamp, ZnodePath};

/// Bytes of a znode. In JSON base64 (RFC 4648, with padding).
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

/// One child in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Its name within the directory.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
    /// When its data last changed.
    pub modified: Timestamp,
    /// Its owner, if it is ephemeral.
    pub session: Option<SessionId>,
    /// The transaction that created it, which tells it from a namesake that lived before.
    pub czxid: crate::Zxid,
    /// Its data version.
    pub version: i32,
    /// The size of its data in bytes.
    pub data_length: i32,
    /// The number of its children.
    pub num_children: i32,
    /// Whether the console may read it. When not, its data and children are unknown, not empty.
    pub readable: bool,
    /// The lock or queue recipe that this directory is, if one was recognised.
    pub recipe: Option<Recipe>,
}

/// One znode, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Where it is.
    pub path: ZnodePath,
    /// Its stat, all eleven fields.
    pub stat: Stat,
    /// Its data, from the beginning.
    pub data: Bytes,
    /// Whether `data` is only the beginning of what there is.
    pub truncated: bool,
    /// Its ACL; `None` where it was not asked for or may not be read.
    pub acl: Option<Vec<AclEntry>>,
    /// Whether the console may read it.
    pub readable: bool,
    /// The recipe that this directory is, if one was recognised.
    pub recipe: Option<Recipe>,
    /// The lock or queue that this znode is a part of, if it is one.
    pub part_of: Option<PartOf>,
}

/// The lock or queue that a znode belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOf {
    /// Where the lock or queue is.
    pub path: ZnodePath,
    /// Whether it is a queue; else it is a lock.
    pub queue: bool,
    /// What made it.
    pub recipe: Recipe,
}

/// One entry of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AclEntry {
    /// `world`, `digest`, `sasl`, `x509`, `ip`, `auth` or a scheme of the server's own.
    pub scheme: String,
    /// Who, within the scheme.
    pub id: String,
    /// What they may do, as ZooKeeper's bits: 1 read, 2 write, 4 create, 8 delete, 16 admin.
    pub permissions: u32,
}

impl Bytes {
    /// The bytes as text, if they are UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
        } else {
            Vec::<u8>::deserialize(deserializer).map(Self)
        }
    }
}
