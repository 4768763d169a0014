//! What ZooKeeper keeps about a znode beside its data.

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, Zxid};

/// The eleven fields of ZooKeeper's `Stat`, by their ZooKeeper names in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stat {
    /// The transaction that created the znode.
    pub czxid: Zxid,
    /// The transaction that last changed its data.
    pub mzxid: Zxid,
    /// When it was created, by the leader's clock.
    pub ctime: Timestamp,
    /// When its data was last changed, by the leader's clock.
    pub mtime: Timestamp,
    /// The number of changes of its data.
    pub version: i32,
    /// The number of changes of its children: creations and deletions.
    pub cversion: i32,
    /// The number of changes of its ACL.
    pub aversion: i32,
    /// The session that owns it, as a number in postcard; 0 for a persistent, container or TTL znode.
    #[serde(with = "owner")]
    pub ephemeral_owner: i64,
    /// The size of its data in bytes.
    pub data_length: i32,
    /// The number of its children.
    pub num_children: i32,
    /// The transaction that last created or deleted a child.
    pub pzxid: Zxid,
}

impl Stat {
    /// The session that owns the znode, if it is ephemeral.
    pub fn owner(&self) -> Option<SessionId> {
        SessionId::owner(self.ephemeral_owner)
    }

    /// How many children were ever created here, which is the number that the next sequential child gets.
    /// Source: `cversion` counts creations and deletions, `num_children` their difference; seen on servers 3.8.0, 3.9.3.
    pub fn children_created(&self) -> u32 {
        (self.cversion as u32).wrapping_add(self.num_children as u32) >> 1
    }

    /// How many children were ever deleted here.
    pub fn children_deleted(&self) -> u32 {
        (self.cversion as u32).wrapping_sub(self.num_children as u32) >> 1
    }
}

/// `ephemeralOwner` is written as a session id, and as `0x0000000000000000` when there is none.
mod owner {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::SessionId;

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it so; where pointers are small the lint says nothing"
    )]
    pub(super) fn serialize<S: Serializer>(owner: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        SessionId(*owner).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        SessionId::deserialize(deserializer).map(|session| session.0)
    }
}
