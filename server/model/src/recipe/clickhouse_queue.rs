//! ClickHouse's replication queue, 18.16 to 22.11 (`ReplicatedMergeTreeQueue`).
//!
//! `<table>/replicas/<replica>/queue/queue-<seq>` persistent, data that begins with `format version: `. What a replica
//! has still to fetch, merge or mutate; its depth tells how far it is behind. The table's `log`, `blocks`,
//! `block_numbers`, `mutations` and `temp` are its inner parts, and no queue that somebody consumes.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "queue" && site.path.segments().rev().nth(2) == Some("replicas"))
            .then_some(())?;
        let fact = QueueFact::flat(
            site,
            &["clickhouse.ReplicationQueue"],
            QueueKind::Fifo,
            Family::ClickhouseEntry,
        )?;
        let fact = fact
            .because(
                "It is the directory `queue` of a replica, and its items tell a format's version, as \
                 ClickHouse's log entries do.",
            )
            .hands_off(
                "It is the replication queue of a ClickHouse replica: a change here lets replicas \
                 diverge. Use SYSTEM SYNC REPLICA or SYSTEM RESTART REPLICA.",
            );
        Some(Fact::Queue(fact))
    }
}
