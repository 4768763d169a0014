//! What waits for another person. A request is for just one plan, reason and ticket of one person; it is used once, and gone
//! after ten minutes or with the process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::api::{ApprovalBody, ApprovalState};
use zooscope_protocol::{Plan, Refusal, RefusalCode, Timestamp};

use super::principal::Principal;
use crate::clock;

/// The requests.
#[derive(Debug, Default)]
pub struct Approvals {
    requests: Mutex<HashMap<String, Request>>,
    turns: AtomicU64,
    /// How often all of them were voided; written with the requests locked.
    voided: AtomicU64,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// Why.
    pub reason: &'a str,
    /// The ticket.
    pub ticket: Option<&'a str>,
}

#[derive(Debug, Clone)]
struct Request {
    body: ApprovalBody,
    at: Instant,
}

/// An approval that was taken to be used. Where it is dropped without being used, it can be used again.
#[derive(Debug)]
pub struct Grant<'a> {
    approvals: &'a Approvals,
    request: Option<Request>,
    /// How often all requests had been voided then.
    voided: u64,
}

impl Approvals {
    /// How long a request can be approved and executed.
    pub const LIFE: Duration = Duration::from_secs(600);
    /// How many may wait at once, and how many of one person.
    const LIMIT: usize = 1_000;
    const OF_ONE: usize = 20;

    /// Takes the approval for just this, if it was given. Errors: it was rejected.
    pub fn take(&self, who: &Principal, ask: Ask<'_>) -> Result<Option<Grant<'_>>, Refusal> {
        let mut requests = self.fresh();
        let Some(id) = requests.iter().find(|(_, request)| request.is(who, ask)).map(|(id, _)| id.clone())
        else {
            return Ok(None);
        };
        match requests.get(&id).map(|request| request.body.state) {
            Some(ApprovalState::Approved) => {
                let request = requests.remove(&id);
                self.turn();
                Ok(Some(Grant { approvals: self, request, voided: self.voided.load(Ordering::Relaxed) }))
            }
            Some(ApprovalState::Rejected) => {
                let body = requests.remove(&id).map(|request| request.body);
                self.turn();
                let by = body.as_ref().and_then(|body| body.decided_by.as_deref()).unwrap_or_default();
                let why = body.as_ref().and_then(|body| body.decided_why.as_deref());
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                Err(Refusal::new(RefusalCode::Rejected, format!("{by} rejected this{why}; nothing was done")))
            }
            Some(ApprovalState::Waiting) | None => Ok(None),
        }
    }

    /// The request for this; made anew where there is none. The second part says whether it was. Errors: too many wait.
    pub fn ask(&self, who: &Principal, ask: Ask<'_>) -> Result<(ApprovalBody, bool), Refusal> {
        let mut requests = self.fresh();
        if let Some(request) = requests.values().find(|request| request.is(who, ask)) {
            return Ok((request.body.clone(), false));
        }
        let own =
            requests.values().filter(|request| request.body.requested_by_subject == who.subject).count();
        if own >= Self::OF_ONE || requests.len() >= Self::LIMIT {
            let detail = "too many requests wait for approval; wait until some are decided";
            return Err(Refusal::new(RefusalCode::TooMany, detail));
        }
        let now = clock::now();
        let life = i64::try_from(Self::LIFE.as_millis()).unwrap_or_default();
        let body = ApprovalBody {
            id: super::secret::id(),
            cluster: ask.cluster.to_owned(),
            plan: ask.plan.clone(),
            requested_by: who.name.clone(),
            requested_by_subject: who.subject.clone(),
            reason: ask.reason.to_owned(),
            ticket: ask.ticket.map(str::to_owned),
            requested_at: now,
            expires: Timestamp(now.0 + life),
            state: ApprovalState::Waiting,
            decided_by: None,
            decided_why: None,
            changed: false,
        };
        requests.insert(body.id.clone(), Request { body: body.clone(), at: Instant::now() });
        self.turn();
        Ok((body, true))
    }

    /// The action behind a digest that somebody asked approval for, which lives longer than a plan.
    pub fn action(&self, who: &Principal, cluster: &str, digest: &str) -> Option<zooscope_protocol::Action> {
        let requests = self.fresh();
        let found = requests.values().map(|request| &request.body).find(|body| {
            body.requested_by_subject == who.subject && body.cluster == cluster && body.plan.digest == digest
        });
        found.map(|body| body.plan.action.clone())
    }

    /// All that can still be decided or executed, the newest first.
    pub fn list(&self) -> Vec<ApprovalBody> {
        let mut all: Vec<_> = self.fresh().values().map(|request| request.body.clone()).collect();
        all.sort_by(|a, b| (b.requested_at, &b.id).cmp(&(a.requested_at, &a.id)));
        all
    }

    /// Approves or rejects in somebody's name. Errors: it is not theirs to decide, was decided, or is not what they looked at.
    pub fn decide(
        &self,
        who: &Principal,
        id: &str,
        digest: &str,
        approve: bool,
        why: &str,
    ) -> Result<ApprovalBody, Refusal> {
        let mut requests = self.fresh();
        let request = requests.get_mut(id).ok_or_else(|| {
            let detail = "there is no such request, or it is older than ten minutes";
            Refusal::new(RefusalCode::NoApproval, detail)
        })?;
        let body = &mut request.body;
        if !who.may_approve() {
            let detail = "only an administrator or an approver decides this";
            return Err(Refusal::new(RefusalCode::Forbidden, detail));
        }
        if body.requested_by_subject == who.subject {
            let detail = "what you asked for yourself is decided by another person";
            return Err(Refusal::new(RefusalCode::Forbidden, detail));
        }
        if body.plan.digest != digest {
            let detail = "the request is about another plan than the one that you looked at; look again";
            return Err(Refusal::new(RefusalCode::Changed, detail));
        }
        if body.state != ApprovalState::Waiting {
            let by = body.decided_by.clone().unwrap_or_default();
            return Err(Refusal::new(RefusalCode::Changed, format!("{by} decided this already")));
        }
        body.state = if approve { ApprovalState::Approved } else { ApprovalState::Rejected };
        body.decided_by = Some(who.name.clone());
        body.decided_why = Some(why.to_owned()).filter(|why| !why.is_empty());
        let body = body.clone();
        self.turn();
        Ok(body)
    }

    /// What was asked for, and approved, under other rules is asked for again.
    pub fn void(&self) {
        let mut requests = self.fresh();
        requests.clear();
        self.voided.fetch_add(1, Ordering::Relaxed);
        self.turn();
    }

    /// How often the requests have changed since the start, their growing too old not counted.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    fn turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// The requests that are not too old.
    fn fresh(&self) -> MutexGuard<'_, HashMap<String, Request>> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.retain(|_, request| request.at.elapsed() < Self::LIFE);
        requests
    }
}

impl Request {
    fn is(&self, who: &Principal, ask: Ask<'_>) -> bool {
        let body = &self.body;
        body.requested_by_subject == who.subject
            && body.cluster == ask.cluster
            && body.plan.digest == ask.plan.digest
            && body.reason == ask.reason
            && body.ticket.as_deref() == ask.ticket
    }
}

impl Grant<'_> {
    /// Uses it up. The answer is who gave it.
    pub fn spend(mut self) -> String {
        self.request.take().and_then(|request| request.body.decided_by).unwrap_or_default()
    }
}

impl Drop for Grant<'_> {
    fn drop(&mut self) {
        let Some(request) = self.request.take() else { return };
        let mut requests = self.approvals.fresh();
        // One that was voided while it was out stays void.
        if self.approvals.voided.load(Ordering::Relaxed) == self.voided {
            requests.insert(request.body.id.clone(), request);
            self.approvals.turn();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use zooscope_protocol::action::{Confirm, Identity};
    use zooscope_protocol::{Action, Role, Target, ZnodePath, Zxid};

    use super::*;

    fn who(subject: &str, role: Role) -> Principal {
        let mut who = Principal::loopback(IpAddr::V4(Ipv4Addr::LOCALHOST), role);
        who.subject = subject.to_owned();
        who.name = subject.to_owned();
        who
    }

    fn plan(digest: &str) -> Plan {
        let path = ZnodePath::parse("/a/b").unwrap();
        let target = Target { path: path.clone(), czxid: Zxid(1), version: 0, session: None };
        Plan {
            digest: digest.into(),
            action: Action::Release(target),
            subject: path.clone(),
            steps: Vec::new(),
            guards: Vec::new(),
            warnings: Vec::new(),
            effects: Vec::new(),
            confirm: Confirm { what: String::new(), expected: "x".into() },
            excluded: Vec::new(),
            identities: vec![Identity {
                path,
                czxid: Zxid(1),
                version: 0,
                session: None,
                created: Timestamp(0),
                identity: None,
            }],
        }
    }

    #[test]
    fn another_person_approves_just_this_and_once() {
        let approvals = Approvals::default();
        let (ann, bob) = (who("local:ann", Role::Admin), who("local:bob", Role::Admin));
        let (one, two) = (plan("1"), plan("2"));
        let ask = |plan| Ask { cluster: "c", plan, reason: "why", ticket: None };
        let (request, new) = approvals.ask(&ann, ask(&one)).unwrap();
        assert!(new && !approvals.ask(&ann, ask(&one)).unwrap().1);
        assert!(approvals.take(&ann, ask(&one)).unwrap().is_none());
        let code = |who: &Principal, digest: &str| {
            approvals.decide(who, &request.id, digest, true, "").unwrap_err().code
        };
        assert_eq!(code(&ann, "1"), RefusalCode::Forbidden, "not one's own");
        assert_eq!(
            code(&who("local:ann", Role::Admin), "1"),
            RefusalCode::Forbidden,
            "nor in another session"
        );
        assert_eq!(code(&who("local:eve", Role::Operator), "1"), RefusalCode::Forbidden);
        assert_eq!(code(&bob, "2"), RefusalCode::Changed, "not what was looked at");
        let turns = approvals.turns();
        approvals.decide(&bob, &request.id, "1", true, "").unwrap();
        assert!(approvals.turns() > turns, "whoever looks on is told");
        assert_eq!(code(&bob, "1"), RefusalCode::Changed, "decided once");
        for (who, ask) in [
            (&bob, ask(&one)),
            (&ann, ask(&two)),
            (&ann, Ask { reason: "another", ..ask(&one) }),
            (&ann, Ask { ticket: Some("T"), ..ask(&one) }),
            (&ann, Ask { cluster: "d", ..ask(&one) }),
        ] {
            assert!(approvals.take(who, ask).unwrap().is_none(), "{ask:?}");
        }
        drop(approvals.take(&ann, ask(&one)).unwrap().expect("it was given"));
        let grant = approvals.take(&ann, ask(&one)).unwrap().expect("it was not used");
        assert_eq!(grant.spend(), "local:bob");
        assert!(approvals.take(&ann, ask(&one)).unwrap().is_none(), "it is used once");
    }

    #[test]
    fn what_was_rejected_is_told_once() {
        let approvals = Approvals::default();
        let (ann, bob) = (who("local:ann", Role::Admin), who("local:bob", Role::Admin));
        let plan = plan("1");
        let ask = Ask { cluster: "c", plan: &plan, reason: "why", ticket: None };
        let (request, _) = approvals.ask(&ann, ask).unwrap();
        approvals.decide(&bob, &request.id, "1", false, "not now").unwrap();
        let refusal = approvals.take(&ann, ask).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Rejected);
        assert!(refusal.detail.contains("local:bob") && refusal.detail.contains("not now"));
        assert!(approvals.take(&ann, ask).unwrap().is_none());
    }

    #[test]
    fn what_was_asked_for_long_ago_is_neither_decided_nor_done() {
        let approvals = Approvals::default();
        let (ann, bob) = (who("local:ann", Role::Admin), who("local:bob", Role::Admin));
        let (one, two) = (plan("1"), plan("2"));
        let ask = |plan| Ask { cluster: "c", plan, reason: "why", ticket: None };
        let (approved, _) = approvals.ask(&ann, ask(&one)).unwrap();
        approvals.decide(&bob, &approved.id, "1", true, "").unwrap();
        let (waiting, _) = approvals.ask(&ann, ask(&two)).unwrap();
        let long_ago = Instant::now().checked_sub(Approvals::LIFE + Duration::from_secs(1)).unwrap();
        approvals.requests.lock().unwrap().values_mut().for_each(|request| request.at = long_ago);
        let late = approvals.decide(&bob, &waiting.id, "2", true, "").unwrap_err();
        assert_eq!(late.code, RefusalCode::NoApproval);
        assert!(approvals.action(&ann, "c", "1").is_none());
        assert!(approvals.take(&ann, ask(&one)).unwrap().is_none());
        assert_eq!(approvals.list(), []);
    }

    #[test]
    fn under_other_rules_it_is_asked_for_again() {
        let approvals = Approvals::default();
        let (ann, bob) = (who("local:ann", Role::Admin), who("local:bob", Role::Admin));
        let plan = plan("1");
        let ask = Ask { cluster: "c", plan: &plan, reason: "why", ticket: None };
        let (request, _) = approvals.ask(&ann, ask).unwrap();
        approvals.decide(&bob, &request.id, "1", true, "").unwrap();
        let out = approvals.take(&ann, ask).unwrap().expect("it was given");
        approvals.void();
        drop(out);
        assert!(approvals.take(&ann, ask).unwrap().is_none() && approvals.action(&ann, "c", "1").is_none());
    }
}
