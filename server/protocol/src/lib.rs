#![doc = include_str!("../README.md")]

pub mod access;
pub mod action;
pub mod api;
pub mod codec;
pub mod delta;
pub mod event;
pub mod finding;
pub mod frame;
pub mod lock;
pub mod path;
pub mod queue;
pub mod recipe;
pub mod replica;
pub mod session;
pub mod stamp;
pub mod stat;
pub mod status;
pub mod view;
pub mod znode;

pub use access::{Mode as AuthMode, Role};
pub use action::{Action, Clause, Outcome, Plan, Refusal, RefusalCode, Step, Target};
pub use delta::Delta;
pub use event::{Event, EventKind};
pub use finding::{About, Finding, FindingCount, Severity};
pub use frame::{ClientFrame, ServerFrame, SubscriptionId};
pub use lock::{Confidence, Lock, LockKind, Member, MemberState, Mode, Recipe};
pub use path::{PathError, ZnodePath};
pub use queue::{Item, Queue, QueueKind};
pub use recipe::Declaration;
pub use replica::Replica;
pub use session::{Peer, Session, Source, SourceKind};
pub use stamp::{RevisionId, SessionId, Timestamp, Zxid};
pub use stat::Stat;
pub use status::{ClusterInfo, Colour, Environment, Status};
pub use view::{Content, View};
pub use znode::{AclEntry, Bytes, Child, Node};
