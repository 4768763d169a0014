//! What is asked for about the items of queues.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Action, Target};
use crate::{Bytes, Timestamp, ZnodePath};

/// Give an item a new name, with the same data and ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requeue {
    /// The item.
    #[serde(flatten)]
    pub target: Target,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Place::is_tail")]
    pub to: Place,
    /// The priority that it gets, the smaller the sooner: 0 to 999 in kazoo's queues, any of 32 bits in Curator's
    /// `DistributedPriorityQueue`. Without one it keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// The time before which no consumer takes it, in Curator's `DistributedDelayQueue`. Without one it keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Due>,
}

/// Which end of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Behind all others of its priority or time.
    #[default]
    Tail,
    /// Before all others.
    Head,
}

/// When an item may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Due {
    /// At once, by the console's clock: the word `now`, which a plan replaces by the time at which it was made.
    Now,
    /// From this time on.
    At(Timestamp),
}

/// Give an item that a consumer has taken back to the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiveBack {
    /// The item; its mark is found beside it.
    #[serde(flatten)]
    pub target: Target,
    /// Where it stands then.
    #[serde(default, skip_serializing_if = "Return::is_same")]
    pub to: Return,
    /// Whether to do so though the session that has taken it may be alive: the item is then worked on twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
}

/// Where an item that is given back stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// Where it stood.
    #[default]
    Same,
    /// Behind the others.
    Tail,
}

/// Set an item aside, where no consumer looks, with the reason of the execution and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// The item.
    #[serde(flatten)]
    pub target: Target,
    /// The directory that it goes to. The console's configuration says which; without one it is the queue's path with
    /// `-dead-letter` at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ZnodePath>,
}

/// Put a new item into a queue, as its recipe writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// The queue.
    pub queue: ZnodePath,
    /// The item's data, at most [`Put::MAX_DATA`] bytes, without the framing of Curator's, which is put around it.
    pub data: Bytes,
    /// Its priority, where the queue has priorities; 100 in kazoo's and 0 in Curator's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// When it may be taken, where the queue delays; at once without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Due>,
    /// Its id, where items have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Make the znodes again that an action deleted, from what was kept of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// The action, by its entry in the audit log.
    pub audit_id: String,
}

/// Several actions of one kind in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// At most [`Batch::MOST`], each about another znode.
    pub actions: Vec<Action>,
}

/// To the tail, as it is.
impl From<Target> for Requeue {
    fn from(target: Target) -> Self {
        Self { target, to: Place::Tail, priority: None, not_before: None }
    }
}

impl Place {
    fn is_tail(&self) -> bool {
        *self == Self::Tail
    }
}

impl Return {
    fn is_same(&self) -> bool {
        *self == Self::Same
    }
}

impl Put {
    /// The most data of an item that is put, in bytes.
    pub const MAX_DATA: usize = 32 * 1024;
    /// The longest id, in bytes.
    pub const MAX_ID: usize = 128;
}

impl Batch {
    /// The most actions in one transaction.
    pub const MOST: usize = 50;
}

impl Due {
    /// The time, if `Now` has been replaced.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Self::Now => None,
            Self::At(time) => Some(time),
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::At(time) => time.fmt(f),
        }
    }
}

impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "now" {
            return Ok(Self::Now);
        }
        text.parse().map(Self::At).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requeue_is_read_with_its_options_and_without() {
        let plain = r#"{"type":"requeue","path":"/q/item-0000000001","czxid":"7","version":0}"#;
        let Action::Requeue(requeue) = serde_json::from_str(plain).unwrap() else { panic!("a requeue") };
        assert_eq!((requeue.to, requeue.priority, requeue.not_before), (Place::Tail, None, None));
        let all = r#"{"type":"requeue","path":"/q/a","czxid":"7","version":0,"session":null,"to":"head","priority":-3,
            "not_before":"2026-01-31T12:00:00.000Z"}"#;
        let Action::Requeue(requeue) = serde_json::from_str(all).unwrap() else { panic!("a requeue") };
        assert_eq!((requeue.to, requeue.priority), (Place::Head, Some(-3)));
        assert_eq!(requeue.not_before.and_then(Due::time), Some(Timestamp(1_769_860_800_000)));
        let again = serde_json::to_string(&Action::Requeue(requeue.clone())).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&again).unwrap(), Action::Requeue(requeue));
        for wrong in [
            r#"{"type":"requeue","path":"/q/a","czxid":"7","version":0,"to":"middle"}"#,
            r#"{"type":"requeue","path":"/q/a","czxid":"7","version":0,"force":true}"#,
            r#"{"type":"requeue","path":"/q/a","czxid":"7","version":0,"not_before":"soon"}"#,
            r#"{"type":"give_back","path":"/q/a","czxid":"7"}"#,
            r#"{"type":"put","queue":"/q","data":"not base64"}"#,
            r#"{"type":"dead_letter","path":"/q/a","czxid":"7","version":0,"reason":"no"}"#,
        ] {
            assert!(serde_json::from_str::<Action>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_other_actions_on_items_are_read_as_they_are_written() {
        for text in [
            r#"{"type":"give_back","path":"/q/entries/a","czxid":"7","version":0,"session":null,"to":"tail","force":true}"#,
            r#"{"type":"dead_letter","path":"/q/a","czxid":"7","version":0,"session":null,"to":"/dead"}"#,
            r#"{"type":"replay","path":"/q-dead-letter/letter-1","czxid":"7","version":0,"session":null}"#,
            r#"{"type":"delete","path":"/q/a","czxid":"7","version":0,"session":null}"#,
            r#"{"type":"put","queue":"/q","data":"aGk=","priority":5,"not_before":"now","id":"x"}"#,
            r#"{"type":"restore","audit_id":"00ff"}"#,
        ] {
            let action: Action = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&action).unwrap(), text);
        }
    }
}
