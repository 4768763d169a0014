//! What the operator is about to do, and what is under way.

use std::collections::HashMap;

use leptos::prelude::*;
use zooscope_protocol::action::{Identity, Owner};
use zooscope_protocol::api::ApprovalBody;
use zooscope_protocol::{Action, Item, Member, Plan, RevisionId, SessionId, Target, ZnodePath};

use crate::live::Live;

/// An action that is being read before it is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Review {
    /// The cluster.
    pub(crate) cluster: String,
    /// The action.
    pub(crate) action: Action,
    /// The lock or queue that it is about.
    pub(crate) subject: ZnodePath,
    /// The znode as the operator saw it; `None` of an action that is about none that is there: a put, an eviction, a restoration.
    pub(crate) seen: Option<Identity>,
}

impl Review {
    /// The znode that was seen, as a plan tells it.
    pub(crate) fn now<'a>(&self, plan: &'a Plan) -> Option<&'a Identity> {
        let seen = self.seen.as_ref()?;
        plan.identities.iter().find(|identity| identity.path == seen.path)
    }

    /// Where it happens: the znode that was seen, or what the action names.
    pub(crate) fn place(&self) -> &ZnodePath {
        self.seen.as_ref().map(|seen| &seen.path).or_else(|| self.action.path()).unwrap_or(&self.subject)
    }
}

impl Review {
    /// What it is about, in a word: the session of an eviction, the lock or queue of all others.
    pub(crate) fn about(&self) -> String {
        match &self.action {
            Action::Evict(owner) => owner.session.to_string(),
            _ => self.subject.to_string(),
        }
    }

    /// What it was done to, in a word.
    pub(crate) fn object(&self) -> String {
        match &self.action {
            Action::Evict(_) => self.about(),
            _ => self.place().to_string(),
        }
    }

    /// The znodes of a plan but for the one that was seen.
    pub(crate) fn others(&self, plan: &Plan) -> Vec<Identity> {
        let seen = self.seen.as_ref().map(|seen| &seen.path);
        plan.identities.iter().filter(|identity| Some(&identity.path) != seen).cloned().collect()
    }
}

/// The state of an action for the row that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// It was sent.
    Sent,
    /// It was done; the mirror shows it from this revision on.
    Settling(RevisionId),
}

/// The sheet that is open and the actions under way. Copies are the same ones.
#[derive(Clone, Copy)]
pub(crate) struct Reviews {
    /// The open sheet.
    pub(crate) open: RwSignal<Option<Review>>,
    marks: RwSignal<HashMap<(String, String), Mark>>,
}

impl Reviews {
    /// No sheet and no action.
    pub(crate) fn new(live: Live) -> Self {
        let reviews = Self { open: RwSignal::new(None), marks: RwSignal::new(HashMap::new()) };
        // A mark goes when the mirror has caught up: from then on the row shows the truth.
        Effect::new(move || {
            let settled = |cluster: &str, mark: &Mark| match mark {
                Mark::Settling(revision) => live.revision(cluster) >= *revision,
                Mark::Sent => false,
            };
            let any =
                reviews.marks.with(|marks| marks.iter().any(|((cluster, _), mark)| settled(cluster, mark)));
            if any {
                reviews.marks.update(|marks| marks.retain(|(cluster, _), mark| !settled(cluster, mark)));
            }
        });
        reviews
    }

    /// Opens the sheet for an action about the lock or queue at `subject`. `seen` is the znode as the operator saw it, where
    /// the action is about one.
    pub(crate) fn begin(self, cluster: &str, subject: &ZnodePath, action: Action, seen: Option<Identity>) {
        let (cluster, subject) = (cluster.to_owned(), subject.clone());
        self.open.set(Some(Review { cluster, action, subject, seen }));
    }

    /// Opens the sheet for releasing the lock that `holder` holds.
    pub(crate) fn release(self, cluster: &str, lock: &ZnodePath, holder: &Member) {
        let seen = member_seen(holder);
        self.begin(cluster, lock, Action::Release(seen.target()), Some(seen));
    }

    /// Opens the sheet for asking the holder of a lock to let go.
    pub(crate) fn revoke(self, cluster: &str, lock: &ZnodePath, holder: &Member) {
        let seen = member_seen(holder);
        self.begin(cluster, lock, Action::Revoke(seen.target()), Some(seen));
    }

    /// Opens the sheet for releasing everything that a session holds; `first` is the first lock of it.
    pub(crate) fn evict(self, cluster: &str, first: &ZnodePath, session: SessionId) {
        self.begin(cluster, first, Action::Evict(Owner { session }), None);
    }

    /// Opens the sheet for what cures a lock; `seen` is the contender whose znode goes, where it is shown.
    pub(crate) fn cure(self, cluster: &str, lock: &ZnodePath, target: &Target, seen: Option<&Member>) {
        self.begin(cluster, lock, Action::Cure(target.clone()), seen.map(member_seen));
    }

    /// Opens the sheet for what somebody asked approval for.
    pub(crate) fn resume(self, request: &ApprovalBody) {
        let plan = &request.plan;
        let target = plan.action.path();
        let seen = plan.identities.iter().find(|identity| Some(&identity.path) == target);
        let seen = match plan.action.target() {
            Some(_) => seen.or(plan.identities.first()).cloned(),
            None => None,
        };
        self.begin(&request.cluster, &plan.subject, plan.action.clone(), seen);
    }

    /// The action on this znode was sent.
    pub(crate) fn sent(self, review: &Review) {
        self.marks.update(|marks| {
            marks.insert(key(review), Mark::Sent);
        });
    }

    /// The action was done; its row tells so until the mirror has reached this revision.
    pub(crate) fn done(self, review: &Review, revision: RevisionId) {
        self.marks.update(|marks| {
            marks.insert(key(review), Mark::Settling(revision));
        });
    }

    /// Nothing came of the action, or nobody knows.
    pub(crate) fn gave_up(self, review: &Review) {
        self.marks.update(|marks| {
            marks.remove(&key(review));
        });
    }

    /// Whether an action on this znode is under way. Tracks.
    pub(crate) fn is_under_way(self, cluster: &str, path: &ZnodePath) -> bool {
        self.marks.with(|marks| {
            !marks.is_empty() && marks.contains_key(&(cluster.to_owned(), path.as_str().to_owned()))
        })
    }
}

fn key(review: &Review) -> (String, String) {
    (review.cluster.clone(), review.place().as_str().to_owned())
}

/// A contender as the operator sees it.
pub(crate) fn member_seen(member: &Member) -> Identity {
    Identity {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
        created: member.created,
        identity: member.identity.clone(),
    }
}

/// An item as the operator sees it.
pub(crate) fn item_seen(item: &Item) -> Identity {
    Identity {
        path: item.path.clone(),
        czxid: item.czxid,
        version: item.version,
        session: None,
        created: item.created,
        // An item has no owner who would write down who it is; its data is told by its version.
        identity: None,
    }
}
