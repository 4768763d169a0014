//! What lays znodes out in this way? One file a recipe; each tells the layout and where it is known from.
//!
//! A recipe reads the census of its directory and of the few neighbours that [`neighbours`] names, never the directory
//! child by child. That is what keeps one change in a directory of n members at O(log n).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{
    About, Confidence, Finding, LockKind, QueueKind, Recipe, Severity, Timestamp, ZnodePath,
};

use crate::census::{Census, Cohort, Family, Sighting};
use crate::declared::Declared;
use crate::line::{Line, Standing, is_token};
use crate::queue::Orphan;
use crate::tree::{Name, Tree, Znode};

mod accumulo_lock;
mod aiozk_double_barrier;
mod aiozk_election;
mod aiozk_lease;
mod aiozk_lock;
mod aiozk_party;
mod aiozk_read_write;
mod apache_election;
mod apache_write_lock;
mod bookkeeper_auditor;
mod bookkeeper_locks;
mod clickhouse_ddl;
mod clickhouse_election;
mod clickhouse_queue;
mod client_lock;
mod crate_latch;
mod curator_delay_queue;
mod curator_double_barrier;
mod curator_group_member;
mod curator_id_queue;
mod curator_latch;
mod curator_mutex;
mod curator_priority_queue;
mod curator_queue;
mod curator_queue_sharder;
mod curator_read_write;
mod curator_semaphore;
mod dead_letters;
mod declared;
mod druid_leader;
mod dubbo_services;
mod example_master;
mod fact;
mod flink_leader;
mod go_lock;
mod hadoop_elector;
mod hbase_master;
mod hbase_servers;
mod hbase_table_lock;
mod helix_controller;
mod helix_instances;
mod hive_lock;
mod kafka_brokers;
mod kafka_controller;
mod kazoo_double_barrier;
mod kazoo_lease;
mod kazoo_lock;
mod kazoo_locking_queue;
mod kazoo_partitioner;
mod kazoo_party;
mod kazoo_queue;
mod kazoo_read_write;
mod kazoo_semaphore;
mod kazoo_shallow_party;
mod known;
mod mesos_master;
mod mixed_lock;
mod native_lock;
mod nifi_leader;
mod oozie_lock;
mod patroni_leader;
mod patroni_members;
mod pulsar_leader;
mod release;
mod ruby_election;
mod ruby_lock;
mod ruby_queue;
mod ruby_semaphore;
mod sequential_lock;
mod shared_lock;
mod simple_queue;
mod solr_election;
mod solr_queue;
mod spark_leader;
mod storm_leader;
mod symfony_lock;
mod vitess_lock;
mod yarn_fencing;

pub use known::known_recipes;
use release::Belief;
pub(crate) use release::{Ask, Release, Way};

/// Recognises one recipe.
pub(crate) trait Recogniser: Sync {
    /// What is at this site, if it is of this recipe.
    fn recognise(&self, site: &Site<'_>) -> Option<Fact>;
}

/// The recipes, the first that recognises a directory names it. Those with a structure or a system around the directory
/// come before those that look at the names of the children alone, and those that only look alike come last.
static RECOGNISERS: [&dyn Recogniser; 74] = [
    &kazoo_semaphore::Semaphore,
    &kazoo_locking_queue::LockingQueue,
    &curator_semaphore::Semaphore,
    &kazoo_lease::Lease,
    &solr_election::Election,
    &solr_queue::Queue,
    &clickhouse_queue::Queue,
    &clickhouse_ddl::Queue,
    &clickhouse_election::Election,
    &hadoop_elector::Elector,
    &yarn_fencing::FencingLock,
    &hive_lock::Lock,
    &hbase_table_lock::TableLock,
    &hbase_master::Master,
    &hbase_servers::RegionServers,
    &kafka_controller::Controller,
    &kafka_brokers::Brokers,
    &mesos_master::Master,
    &storm_leader::Leader,
    &flink_leader::Leader,
    &druid_leader::Leader,
    &spark_leader::Leader,
    &nifi_leader::Leader,
    &oozie_lock::Lock,
    &bookkeeper_auditor::Auditor,
    &bookkeeper_locks::Locks,
    &pulsar_leader::Leader,
    &accumulo_lock::Lock,
    &vitess_lock::Lock,
    &patroni_leader::Leader,
    &patroni_members::Members,
    &helix_controller::Controller,
    &helix_instances::Instances,
    &dubbo_services::Services,
    &kazoo_double_barrier::DoubleBarrier,
    &curator_double_barrier::DoubleBarrier,
    &aiozk_double_barrier::DoubleBarrier,
    &kazoo_partitioner::Partitioner,
    &kazoo_party::Party,
    &kazoo_shallow_party::ShallowParty,
    &kazoo_read_write::ReadWrite,
    &kazoo_lock::Lock,
    &curator_read_write::ReadWrite,
    &mixed_lock::Lock,
    &curator_mutex::Mutex,
    &curator_latch::Latch,
    &go_lock::Lock,
    &apache_write_lock::WriteLock,
    &apache_election::Election,
    &native_lock::Lock,
    &aiozk_lock::Lock,
    &aiozk_read_write::SharedLock,
    &aiozk_election::Election,
    &aiozk_lease::Lease,
    &aiozk_party::Party,
    &crate_latch::Latch,
    &ruby_lock::Lock,
    &ruby_semaphore::Semaphore,
    &ruby_election::Election,
    &client_lock::Lock,
    &kazoo_queue::Queue,
    &curator_id_queue::Queue,
    &curator_priority_queue::Queue,
    &curator_delay_queue::Queue,
    &curator_queue_sharder::Shard,
    &curator_queue::Queue,
    &simple_queue::Queue,
    &ruby_queue::Queue,
    &dead_letters::Directory,
    &symfony_lock::Lock,
    &example_master::Master,
    &shared_lock::SharedLock,
    &sequential_lock::Lock,
    &curator_group_member::GroupMember,
];

/// What was recognised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    Lock(LockFact),
    Queue(QueueFact),
}

/// A lock as its tree alone tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LockFact {
    pub(crate) names: &'static [&'static str],
    /// The declaration that it was recognised by; it has no other names then.
    pub(crate) declared: Option<Arc<Declared>>,
    pub(crate) kind: LockKind,
    pub(crate) confidence: Confidence,
    pub(crate) capacity: Option<u32>,
    /// How its members stand.
    pub(crate) line: Line,
    /// How a holder is released.
    pub(crate) release: Release,
    pub(crate) standing: Standing,
    /// How it was recognised, as a whole sentence.
    pub(crate) because: Cow<'static, str>,
    /// Why nothing is ever done here, as a whole sentence.
    pub(crate) hands_off: Option<&'static str>,
    pub(crate) findings: Vec<Finding>,
}

/// A queue as its tree alone tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueueFact {
    pub(crate) names: &'static [&'static str],
    /// The declaration that it was recognised by; it has no other names then.
    pub(crate) declared: Option<Arc<Declared>>,
    pub(crate) kind: QueueKind,
    pub(crate) confidence: Confidence,
    /// The directory of the items.
    pub(crate) items: ZnodePath,
    pub(crate) family: Family,
    /// The directory where consumers lay down what they have taken.
    pub(crate) taken: Option<ZnodePath>,
    pub(crate) depth: u32,
    pub(crate) in_flight: Option<u32>,
    pub(crate) consumers: Option<u32>,
    /// Marks of consumers of which there is no item.
    pub(crate) orphans: Vec<Orphan>,
    pub(crate) oldest: Option<Timestamp>,
    /// How it was recognised, as a whole sentence.
    pub(crate) because: Cow<'static, str>,
    /// Why nothing is ever done here, as a whole sentence.
    pub(crate) hands_off: Option<&'static str>,
    pub(crate) findings: Vec<Finding>,
}

/// A directory with its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) censuses: &'a OrdMap<ZnodePath, Arc<Census>>,
    pub(crate) path: &'a ZnodePath,
    pub(crate) znode: &'a Znode,
    pub(crate) census: Option<&'a Census>,
}

/// What the names of a queue's lock path end with, after the queue's own name.
const LOCK_PATHS: [&str; 8] = ["-locks", "-lock", "_locks", "_lock", ".locks", ".lock", "Locks", "Lock"];

/// The sites whose recognition looks for siblings of these names, which say what system is around them.
const BESIDE: [(&str, &[&str]); 7] = [
    ("controller", &["controller_epoch"]),
    ("leader", &["members", "initialize"]),
    ("leader-lock", &["storms", "supervisors", "nimbuses"]),
    ("master", &["hbaseid", "workers", "tasks"]),
    ("members", &["initialize"]),
    ("party", &["locks"]),
    ("rs", &["hbaseid"]),
];

/// The names of znodes that are a lock by themselves.
pub(crate) const ALONE: [&str; 6] =
    ["ActiveStandbyElectorLock", "LEADER", "RM_ZK_FENCING_LOCK", "controller", "leader", "master"];

/// The name of the directory beside a kazoo semaphore in which its waiters queue ends so.
pub(crate) const INNER_LOCK: &str = "-__lock__";

impl<'a> Site<'a> {
    pub(crate) fn at(
        tree: &'a Tree,
        censuses: &'a OrdMap<ZnodePath, Arc<Census>>,
        path: &'a ZnodePath,
    ) -> Option<Self> {
        let (znode, census) = (tree.get(path)?, censuses.get(path).map(Arc::as_ref));
        Some(Self { tree, censuses, path, znode, census })
    }

    /// Says what a child of this directory is.
    pub(crate) fn classify(&self, name: &Name, znode: &Znode) -> Option<Sighting> {
        crate::census::classify_in(self.declared().map(Arc::as_ref), name, znode)
    }

    /// What this directory is declared to be.
    pub(crate) fn declared(&self) -> Option<&'a Arc<Declared>> {
        self.census?.declared.as_ref()
    }

    pub(crate) fn cohort(&self, family: Family) -> Option<&'a Cohort> {
        self.census?.cohort(family)
    }

    /// What is in the tree under a neighbour's path, with the path.
    pub(crate) fn sibling(&self, name: &str) -> Option<(ZnodePath, &'a Znode)> {
        let path = self.path.parent()?.child(name).ok()?;
        self.tree.get(&path).map(|znode| (path, znode))
    }

    pub(crate) fn child(&self, name: &str) -> Option<(ZnodePath, &'a Znode)> {
        let znode = self.znode.child(name)?;
        self.path.child(name).ok().map(|path| (path, znode))
    }

    pub(crate) fn has_sibling(&self, name: &str) -> bool {
        self.sibling(name).is_some()
    }

    /// The name of the directory around this one.
    pub(crate) fn parent_name(&self) -> &'a str {
        self.path.segments().rev().nth(1).unwrap_or_default()
    }

    /// Whether a directory around this one has this name.
    pub(crate) fn within(&self, name: &str) -> bool {
        self.path.segments().rev().skip(1).any(|segment| segment == name)
    }

    /// Whether every child is of this family, but for what the recipe itself lays down beside them.
    pub(crate) fn all_are(&self, family: Family) -> bool {
        let members = self.cohort(family).map_or(0, Cohort::len);
        members > 0 && members + self.companions(family) == self.znode.child_count()
    }

    /// How many children there are that the recipe lays down beside the members.
    fn companions(&self, family: Family) -> usize {
        let answers = match family {
            Family::SimpleItem => self.cohort(Family::SolrAnswer).map_or(0, Cohort::len),
            _ => 0,
        };
        let companion = family.companion().and_then(|name| self.znode.child(name));
        answers + usize::from(companion.is_some_and(|znode| family.companion_fits(znode)))
    }

    /// Whether this directory is the inner part of something else, which the recognition of that tells of.
    fn is_part(&self) -> bool {
        let outer = |path: Option<ZnodePath>, is: fn(&Site<'_>) -> bool| {
            path.is_some_and(|path| Site::at(self.tree, self.censuses, &path).is_some_and(|site| is(&site)))
        };
        match self.path.name() {
            "locks" | "leases" => outer(self.path.parent(), curator_semaphore::is),
            "entries" | "taken" => outer(self.path.parent(), kazoo_locking_queue::is),
            name => {
                let beside =
                    name.strip_suffix(INNER_LOCK).and_then(|name| self.path.parent()?.child(name).ok());
                outer(beside, kazoo_semaphore::is)
            }
        }
    }

    /// The children that are of none of these families: how many, and the name of one of them where a look at both ends of the
    /// directory finds one.
    pub(crate) fn foreign(&self, families: &[Family]) -> Option<(usize, Option<&'a str>)> {
        let first = *families.first()?;
        if first.nests() {
            return None;
        }
        let members: usize = families.iter().filter_map(|family| self.cohort(*family)).map(Cohort::len).sum();
        let members = members + self.companions(first);
        let count = self.znode.child_count().checked_sub(members).filter(|count| *count > 0)?;
        Some((count, self.foreign_names(families).next()))
    }

    /// The names of children that are of none of these families, as far as a look at both ends of the directory and at the first
    /// of each other family tells.
    pub(crate) fn foreign_names(&self, families: &[Family]) -> impl Iterator<Item = &'a str> {
        const LOOK: usize = 256;
        let site = *self;
        let own = families.to_vec();
        let is_foreign = move |name: &Name, znode: &Znode| {
            let companion = own.iter().any(|family| family.companion() == Some(&**name));
            let seen = site.classify(name, znode).map(|seen| seen.family);
            let answer = own.contains(&Family::SimpleItem) && seen == Some(Family::SolrAnswer);
            !companion && !answer && seen.is_none_or(|seen| !own.contains(&seen))
        };
        let map = self.znode.child_map();
        let ends = map.iter().take(LOOK).chain(map.iter().rev().take(LOOK));
        let ends = ends.filter(move |(name, child)| is_foreign(name, child.znode())).map(|(name, _)| &**name);
        ends.chain(self.others(families).filter_map(|cohort| cohort.first()).map(|place| &*place.name))
    }

    /// The members of other families that stand in lines of their own.
    pub(crate) fn others(&self, families: &[Family]) -> impl Iterator<Item = &'a Cohort> {
        let own = families.to_vec();
        let all = self.census.into_iter().flat_map(Census::cohorts);
        let other =
            move |(family, _): &(Family, _)| !own.contains(family) && family.contends() && family.numbered();
        all.filter(other).map(|(_, cohort)| cohort)
    }

    /// The path that a queue's consumers lock items under, if it is seen: a neighbour with the queue's name and a usual
    /// ending, in which there is nothing but locks of items.
    pub(crate) fn lock_path(&self) -> Option<ZnodePath> {
        let name = self.path.name();
        LOCK_PATHS.iter().find_map(|suffix| {
            let (path, znode) = self.sibling(&format!("{name}{suffix}"))?;
            let site =
                Site { path: &path, znode, census: self.censuses.get(&path).map(Arc::as_ref), ..*self };
            let locks = site.cohort(Family::CuratorItemLock).map_or(0, Cohort::len);
            (locks == znode.child_count() && znode.stat().owner().is_none()).then_some(path)
        })
    }
}

/// What is at a site.
pub(crate) fn recognise(site: &Site<'_>) -> Option<Fact> {
    if let Some(fact) = declared::recognise(site) {
        return Some(fact);
    }
    if site.is_part() {
        return None;
    }
    RECOGNISERS.iter().find_map(|recogniser| recogniser.recognise(site))
}

/// Whether a znode without children may be a lock by itself.
pub(crate) fn alone(path: &ZnodePath, znode: &Znode) -> bool {
    ALONE.contains(&path.name()) || (znode.stat().owner().is_some() && is_token(znode.data()))
}

/// The directories whose recognition looks at this one, itself among them.
pub(crate) fn neighbours(directory: &ZnodePath, found: &mut BTreeSet<ZnodePath>) {
    let mut sibling = |name: &str| {
        if let Some(Ok(path)) = directory.parent().map(|parent| parent.child(name)) {
            found.insert(path);
        }
    };
    let name = directory.name();
    match name {
        "leases" => sibling("locks"),
        "locks" => sibling("leases"),
        "entries" => sibling("taken"),
        "taken" => sibling("entries"),
        _ => {}
    }
    let beside = BESIDE.iter().filter(|(_, siblings)| siblings.contains(&name));
    beside.for_each(|(site, _)| sibling(site));
    sibling(&format!("{name}{INNER_LOCK}"));
    LOCK_PATHS
        .iter()
        .chain([&INNER_LOCK])
        .filter_map(|suffix| name.strip_suffix(suffix))
        .for_each(&mut sibling);
    found.insert(directory.clone());
    if matches!(name, "leases" | "locks" | "entries" | "taken") {
        found.extend(directory.parent());
    }
    // Whether these are parts of something is told by what is around them; what Flink locks tells by its data, too, that what is
    // in its `locks` are no participants.
    found.extend(
        ["leases", "locks", "entries", "taken"].into_iter().filter_map(|part| directory.child(part).ok()),
    );
}

/// The names of a recipe as they are sent.
fn named(names: &[&str]) -> Recipe {
    Recipe(names.iter().map(|name| (*name).to_owned()).collect())
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A finding.
pub(crate) fn finding(
    code: &str,
    severity: Severity,
    sentence: String,
    about: About,
    members: Vec<ZnodePath>,
) -> Finding {
    Finding { code: code.to_owned(), severity, sentence, about, members }
}
