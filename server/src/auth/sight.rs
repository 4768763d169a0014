//! What somebody sees of a cluster: all of it, or what the rules leave. What is hidden is as if it were not there, also in counts
//! and in sentences; what is masked is there, and what is in it is not shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use zooscope_model::{Revision, project};
use zooscope_protocol::finding::FindingCount;
use zooscope_protocol::ladder::{Ladder, Rung};
use zooscope_protocol::view::{
    ChildList, Deadlock, FindingList, Journal, LockDetail, LockList, Overview, QueueDetail, QueueList,
    SessionDetail, SessionList, Stand, WaitGraph,
};
use zooscope_protocol::{
    Bytes, Content, Event, Finding, Item, Letter, Lock, Member, Node, Plan, Queue, Role, Session, View,
    ZnodePath,
};

use super::policy::Policy;

/// What somebody sees of one cluster.
#[derive(Debug, Clone)]
pub struct Sight {
    policy: Arc<Policy>,
    cluster: String,
    role: Role,
    all: bool,
}

impl Sight {
    /// What a role sees of a cluster under these rules.
    pub fn new(policy: Arc<Policy>, cluster: &str, role: Role) -> Self {
        let all = policy.shows_all(role);
        Self { policy, cluster: cluster.to_owned(), role, all }
    }

    /// Whether nothing is kept from them.
    pub fn is_whole(&self) -> bool {
        self.all
    }

    /// Whether they see that a znode is there.
    pub fn sees(&self, path: &ZnodePath) -> bool {
        self.all || self.policy.shows(self.role, &self.cluster, path)
    }

    /// Whether they see what is in it.
    pub fn sees_data(&self, path: &ZnodePath) -> bool {
        self.all || self.policy.shows_data(self.role, &self.cluster, path)
    }

    /// What a view shows them at a revision.
    pub fn project(&self, revision: &Revision, view: &View) -> Content {
        if self.all {
            return project(revision, view);
        }
        let limit = |limit: u32| limit as usize;
        match view {
            View::Locks { query, sort, limit: rows } => {
                let all = View::Locks { query: query.clone(), sort: *sort, limit: View::MAX_ROWS };
                let Content::Locks(mut list) = project(revision, &all) else {
                    return project(revision, view);
                };
                list.rows.retain_mut(|lock| self.lock(lock) && self.finds(lock, query));
                let total = count(list.rows.len());
                list.rows.truncate(limit(*rows));
                Content::Locks(LockList { total, ..list })
            }
            View::Queues { query, sort, limit: rows } => {
                let all = View::Queues { query: query.clone(), sort: *sort, limit: View::MAX_ROWS };
                let Content::Queues(mut list) = project(revision, &all) else {
                    return project(revision, view);
                };
                list.rows.retain_mut(|queue| self.queue(queue));
                let total = count(list.rows.len());
                list.rows.truncate(limit(*rows));
                Content::Queues(QueueList { total, ..list })
            }
            View::Children { path, query, start, limit: rows } => {
                if !self.sees(path) {
                    let list =
                        ChildList { stat: None, readable: true, total: 0, start: *start, rows: Vec::new() };
                    return Content::Children(list);
                }
                let mut list = project::children(revision, path, query, 0, limit(View::MAX_ROWS));
                list.rows.retain(|child| path.child(&child.name).is_ok_and(|path| self.sees(&path)));
                let total = count(list.rows.len());
                let window = list.rows.into_iter().skip(limit(*start)).take(limit(*rows));
                Content::Children(ChildList { total, start: *start, rows: window.collect(), ..list })
            }
            View::Findings { code, limit: rows } => {
                let (mut all, counts) = self.findings(revision);
                all.retain(|finding| code.as_ref().is_none_or(|code| finding.code == *code));
                let total = count(all.len());
                all.truncate(limit(*rows));
                Content::Findings(FindingList { total, counts, rows: all })
            }
            View::Sessions { query, limit: rows } => {
                let mut list = project::sessions(revision, "", limit(View::MAX_ROWS));
                list.rows.iter_mut().for_each(|session| self.session(session));
                list.rows.retain(|session| query.is_empty() || found(session, &query.to_lowercase()));
                // Where they wait at a hidden place, that counts no more for their order.
                list.rows.sort_by(Session::order);
                let total = count(list.rows.len());
                list.rows.truncate(limit(*rows));
                Content::Sessions(SessionList { total, ..list })
            }
            View::Overview => Content::Overview(Box::new(self.overview(revision))),
            _ => {
                let mut content = project(revision, view);
                self.content(&mut content);
                content
            }
        }
    }

    /// Leaves of the newest events those that they may know of. `all` may hold more than the view's limit.
    pub fn journal(&self, mut all: Journal, limit: u32) -> Journal {
        all.events.retain(|event| self.event(event));
        let surplus = all.events.len().saturating_sub(limit as usize);
        all.events.drain(..surplus);
        Journal { limit, ..all }
    }

    /// Whether they may know of an event.
    pub fn event(&self, event: &Event) -> bool {
        event.path.as_ref().is_none_or(|path| self.sees(path))
    }

    /// Takes out of a lock what they do not see; says whether they see it at all.
    pub fn lock(&self, lock: &mut Lock) -> bool {
        if self.all {
            return true;
        }
        for members in [&mut lock.holders, &mut lock.waiters] {
            members.retain_mut(|member| self.member(member));
        }
        lock.findings.retain_mut(|finding| self.finding(finding));
        self.sees(&lock.path)
    }

    /// Whether a search finds a lock by what they see of it: what is masked is not to be guessed by searching for it.
    pub fn finds(&self, lock: &Lock, query: &str) -> bool {
        if self.all || query.is_empty() {
            return true;
        }
        let query = query.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&query);
        let member = |member: &Member| {
            member.identity.as_deref().is_some_and(holds)
                || member.session.is_some_and(|session| holds(&session.to_string()))
        };
        holds(lock.path.as_str()) || lock.holders.iter().chain(&lock.waiters).any(member)
    }

    /// Takes out of a queue what they do not see; says whether they see it at all.
    pub fn queue(&self, queue: &mut Queue) -> bool {
        if !self.all {
            queue.findings.retain_mut(|finding| self.finding(finding));
        }
        self.sees(&queue.path)
    }

    /// Takes out of an item what they do not see; says whether they see it at all.
    pub fn item(&self, item: &mut Item) -> bool {
        if !self.sees_data(&item.path) {
            item.preview = Bytes::default();
        }
        if item.letter.as_ref().is_some_and(|letter| !self.letter(&item.path, letter)) {
            item.letter = None;
        }
        self.sees(&item.path)
    }

    /// Whether they see where an item was set aside from: that is data of a znode below it, and names a place that may be hidden.
    fn letter(&self, item: &ZnodePath, letter: &Letter) -> bool {
        item.child(Letter::NAME).is_ok_and(|origin| self.sees_data(&origin))
            && [&letter.queue, &letter.origin, &letter.prefix].into_iter().all(|path| self.sees(path))
    }

    /// Takes out of a znode what they do not see. The secrets of its ACL are for administrators.
    pub fn node(&self, node: &mut Node) {
        if !self.sees_data(&node.path) {
            node.data = Bytes::default();
            node.readable = false;
        }
        if node.part_of.as_ref().is_some_and(|part| !self.sees(&part.path)) {
            node.part_of = None;
        }
        if self.role < Role::Admin {
            for entry in node.acl.iter_mut().flatten().filter(|entry| entry.scheme == "digest") {
                // What follows the name is a hash of the password without salt.
                let name = entry.id.split(':').next().unwrap_or_default();
                entry.id = format!("{name}:…");
            }
        }
    }

    /// Takes out of a session what they do not see.
    pub fn session(&self, session: &mut Session) {
        if self.all {
            return;
        }
        session.holds.retain(|path| self.sees(path));
        session.waits.retain(|path| self.sees(path));
        // Nobody knows any more which znode's data it was.
        session.identity = None;
    }

    /// Takes out of a session with all its places what they do not see.
    pub fn session_detail(&self, detail: &mut SessionDetail) {
        if self.all {
            return;
        }
        if let Some(session) = &mut detail.session {
            self.session(session);
        }
        for stands in [&mut detail.holds, &mut detail.waits] {
            stands.retain_mut(|stand: &mut Stand| self.sees(&stand.lock) && self.member(&mut stand.member));
        }
        detail.ephemerals.retain(|path| self.sees(path));
    }

    /// Takes out of the graph of waits what they do not see.
    pub fn waits(&self, graph: &mut WaitGraph) {
        if self.all {
            return;
        }
        graph.edges.retain(|edge| self.sees(&edge.lock));
        graph.deadlocks.retain_mut(|deadlock| self.deadlock(deadlock));
        for node in &mut graph.sessions {
            node.holds.retain(|path| self.sees(path));
            node.waits.retain(|path| self.sees(path));
            node.identity = None;
        }
        graph.sessions.retain(|node| !node.holds.is_empty() || !node.waits.is_empty());
    }

    /// Takes out of a plan what they do not see: contenders by the names that they give themselves in their data, and places that are
    /// hidden. What it does is the same, and so is its digest.
    pub fn plan(&self, revision: &Revision, plan: &mut Plan) {
        if self.all {
            return;
        }
        plan.excluded.retain(|excluded| self.sees(&excluded.path));
        let locks: BTreeSet<_> = plan
            .identities
            .iter()
            .filter_map(|znode| project::lock_around(revision, &znode.path))
            .chain([plan.subject.clone()])
            .collect();
        let mut hidden = BTreeSet::new();
        for lock in locks.iter().filter_map(|path| project::lock(revision, path, usize::MAX)) {
            let members = lock.holders.into_iter().chain(lock.waiters);
            hidden.extend(
                members.filter(|member| !self.sees_data(&member.path)).filter_map(|member| member.identity),
            );
        }
        for znode in plan.identities.iter_mut().filter(|znode| !self.sees_data(&znode.path)) {
            hidden.extend(znode.identity.take());
        }
        let sentences = plan.guards.iter_mut().chain(&mut plan.warnings).chain(&mut plan.effects);
        for clause in sentences {
            if hidden.iter().any(|identity| clause.sentence.contains(identity.as_str())) {
                clause.sentence =
                    format!("{}: its details are not shown to the role {}", clause.code, self.role);
            }
        }
    }

    /// Takes out of a deadlock what they do not see; says whether they see it at all.
    pub fn deadlock(&self, deadlock: &mut Deadlock) -> bool {
        if self.all {
            return true;
        }
        for member in &mut deadlock.members {
            member.identity = None;
        }
        if deadlock.victim.as_ref().is_some_and(|victim| !self.sees_data(&victim.member)) {
            deadlock.victim = None;
        }
        deadlock.members.iter().all(|member| self.sees(&member.holds) && self.sees(&member.waits_for))
    }

    /// Takes out of a finding what they do not see; says whether they see it at all.
    pub fn finding(&self, finding: &mut Finding) -> bool {
        let (about, members) = (finding.about.path(), &finding.members);
        if !about.into_iter().chain(members).all(|path| self.sees(path)) {
            return false;
        }
        // A sentence names those who it is about as they name themselves in their data.
        if !finding.about.path().into_iter().chain(&finding.members).all(|path| self.sees_data(path)) {
            finding.sentence =
                format!("{}: its details are not shown to the role {}", finding.code, self.role);
        }
        true
    }

    /// Takes out of what can be done about a lock what is about znodes that they do not see.
    pub fn rungs(&self, ladders: &mut Vec<Ladder>, cures: &mut Vec<Rung>) {
        if self.all {
            return;
        }
        ladders.retain(|ladder| self.sees(&ladder.path));
        cures.retain(|cure| cure.target.as_ref().is_none_or(|target| self.sees(&target.path)));
    }

    fn member(&self, member: &mut Member) -> bool {
        if !self.sees_data(&member.path) {
            member.identity = None;
        }
        if member.waits_for.as_ref().is_some_and(|path| !self.sees(path)) {
            member.waits_for = None;
        }
        self.sees(&member.path)
    }

    fn findings(&self, revision: &Revision) -> (Vec<Finding>, Vec<FindingCount>) {
        let all = View::Findings { code: None, limit: View::MAX_ROWS };
        let Content::Findings(FindingList { mut rows, .. }) = project(revision, &all) else {
            return Default::default();
        };
        rows.retain_mut(|finding| self.finding(finding));
        let mut counts: Vec<FindingCount> = Vec::new();
        for finding in &rows {
            match counts.iter_mut().find(|count| count.code == finding.code) {
                Some(count) => {
                    count.count += 1;
                    count.severity = count.severity.max(finding.severity);
                }
                None => counts.push(FindingCount {
                    code: finding.code.clone(),
                    severity: finding.severity,
                    count: 1,
                }),
            }
        }
        (rows, counts)
    }

    fn overview(&self, revision: &Revision) -> Overview {
        let mut overview = project::overview(revision);
        let (mut findings, finding_counts) = self.findings(revision);
        findings.truncate(overview.findings.len().max(20));
        let locks = View::Locks { query: String::new(), sort: Default::default(), limit: View::MAX_ROWS };
        let queues = View::Queues { query: String::new(), sort: Default::default(), limit: View::MAX_ROWS };
        let locks = match self.project(revision, &locks) {
            Content::Locks(list) => list.rows,
            _ => Vec::new(),
        };
        let queues = match self.project(revision, &queues) {
            Content::Queues(list) => list.rows,
            _ => Vec::new(),
        };
        overview.top_locks.retain_mut(|lock| self.lock(lock));
        overview.top_queues.retain_mut(|queue| self.queue(queue));
        overview.deadlocks.retain_mut(|deadlock| self.deadlock(deadlock));
        Overview {
            locks: count(locks.len()),
            contended: count(locks.iter().filter(|lock| lock.blocked > 0).count()),
            blocked: locks.iter().map(|lock| lock.blocked).fold(0, u32::saturating_add),
            queues: count(queues.len()),
            items: queues.iter().map(|queue| u64::from(queue.depth)).sum(),
            findings,
            finding_counts,
            ..overview
        }
    }

    fn content(&self, content: &mut Content) {
        match content {
            Content::Lock(detail) => {
                if detail.lock.as_mut().is_some_and(|lock| !self.lock(lock)) {
                    *detail = LockDetail::default();
                    return;
                }
                for members in [&mut detail.holders, &mut detail.waiters] {
                    members.retain_mut(|member| self.member(member));
                }
                self.rungs(&mut detail.ladders, &mut detail.cures);
            }
            Content::Queue(detail) => {
                if detail.queue.as_mut().is_some_and(|queue| !self.queue(queue)) {
                    *detail = QueueDetail::default();
                    return;
                }
                detail.items.retain_mut(|item| self.item(item));
            }
            Content::Sessions(SessionList { rows, .. }) => rows.iter_mut().for_each(|row| self.session(row)),
            Content::Session(detail) => self.session_detail(detail),
            Content::Waits(graph) => self.waits(graph),
            Content::Node(node) => {
                if node.as_ref().is_some_and(|node| !self.sees(&node.path)) {
                    *node = None;
                }
                if let Some(node) = node {
                    self.node(node);
                }
            }
            // These are made of what is seen already, or are about no znode.
            Content::Status(_)
            | Content::Overview(_)
            | Content::Locks(_)
            | Content::Queues(_)
            | Content::Children(_)
            | Content::Findings(_)
            | Content::Journal(_) => {}
        }
    }
}

/// Whether a text in lower case is in what is seen of a session.
fn found(session: &Session, query: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(query);
    holds(&session.session.to_string())
        || session.peer.client.as_deref().is_some_and(holds)
        || session.holds.iter().chain(&session.waits).any(|path| holds(path.as_str()))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
