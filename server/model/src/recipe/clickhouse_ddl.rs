//! ClickHouse's queue of distributed DDL, 18.16 to 22.11 (`DDLWorker`).
//!
//! `<task_queue/ddl>/query-<seq>` persistent, data that begins with `version: `, with the children `active` and
//! `finished`, in which each host says how far it is. A query stays when all have finished it, and is cleared away
//! later.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::ClickhouseQuery)?;
        (site.path.name() == "ddl" || site.within("task_queue")).then_some(())?;
        let fact =
            QueueFact::flat(site, &["clickhouse.DDLWorker"], QueueKind::Fifo, Family::ClickhouseQuery)?;
        let fact = fact
            .because(
                "Its items are named `query-<number>` and tell their version, as ClickHouse's \
                 distributed DDL does.",
            )
            .hands_off(
                "It is ClickHouse's log of distributed DDL, which every host reads for itself: a query \
                 that moves runs again, and one that is gone is missed. ClickHouse clears it by itself.",
            );
        Some(Fact::Queue(fact))
    }
}
