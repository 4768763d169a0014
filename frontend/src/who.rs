//! Who is signed in, what waits for another person, and the way to the sign-in page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::api::{ApprovalBody, ApprovalState, SessionBody};

use crate::api::{self, Failure};
use crate::link::LinkState;
use crate::live::Live;
use crate::route::{Place, sign_in};
use crate::time::{Clock, local};

/// Who is signed in. Copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    session: RwSignal<Option<SessionBody>>,
    /// When the session was told, by the browser's clock.
    told: RwSignal<i64>,
    requests: RwSignal<Option<Result<Vec<ApprovalBody>, Failure>>>,
    turn: RwSignal<u64>,
    clock: Clock,
}

impl Who {
    /// Asks who is signed in, again whenever the console says that something may have changed, and whenever the stream was
    /// lost: a browser does not tell why a stream was refused.
    pub(crate) fn follow(live: Live) -> Self {
        let who = Self {
            session: RwSignal::new(None),
            told: RwSignal::new(local()),
            requests: RwSignal::new(None),
            turn: RwSignal::new(0),
            clock: live.clock,
        };
        let connected = Memo::new(move |_| live.link.get() == LinkState::Open);
        Effect::new(move || {
            connected.track();
            live.notice.track();
            live.losses.track();
            who.ask();
        });
        // A page that the browser kept and shows again may be one of somebody who has left.
        let _ = window_event_listener_untyped("pageshow", move |event| {
            let kept = js_sys::Reflect::get(event.unchecked_ref(), &"persisted".into());
            if kept.is_ok_and(|kept| kept.is_truthy()) {
                who.ask();
            }
        });
        who
    }

    /// Asks anew.
    pub(crate) fn ask(self) {
        spawn_local(async move {
            if let Ok(session) = api::session().await {
                self.know(session);
                self.ask_requests().await;
            }
        });
    }

    /// The console told who it is.
    pub(crate) fn know(self, session: SessionBody) {
        let _ = self.told.try_set(local());
        let _ = self.session.try_set(Some(session));
        let _ = self.turn.try_update(|turn| *turn += 1);
    }

    /// Asks anew what waits for approval.
    pub(crate) async fn ask_requests(self) {
        let answer = api::approvals().await;
        // A console that is away for a moment does not make forget what it told.
        let keep = answer.is_err()
            && self.requests.try_with_untracked(|known| matches!(known, Some(Ok(_)))) == Some(true);
        if !keep {
            let _ = self.requests.try_maybe_update(|known| {
                let answer = Some(answer);
                let differs = *known != answer;
                *known = answer;
                (differs, ())
            });
        }
    }

    /// The console told of a request.
    pub(crate) fn put(self, request: ApprovalBody) {
        let _ = self.requests.try_update(|known| {
            if let Some(Ok(requests)) = known {
                requests.retain(|known| known.id != request.id);
                requests.insert(0, request);
            } else {
                *known = Some(Ok(vec![request]));
            }
        });
    }

    /// Who it is; `None` before the console told. Tracks.
    pub(crate) fn session(self) -> Option<SessionBody> {
        self.session.get()
    }

    /// Reads who it is. Tracks.
    pub(crate) fn with<T>(self, read: impl FnOnce(&SessionBody) -> T) -> Option<T> {
        self.session.with(|session| session.as_ref().map(read))
    }

    /// Who stopped all actions and why; `None` while they go on. Tracks.
    pub(crate) fn frozen(self) -> Option<String> {
        self.with(|session| session.frozen.clone()).flatten()
    }

    /// How long ago they proved who they are, in milliseconds; `None` where this is never asked. Tracks.
    pub(crate) fn proved(self) -> Option<u64> {
        self.clock.now();
        let since = u64::try_from(local() - self.told.get()).unwrap_or(0);
        self.with(|session| session.proved_ms).flatten().map(|proved| proved.saturating_add(since))
    }

    /// Another number whenever what they may do may have changed. Tracks.
    pub(crate) fn turn(self) -> u64 {
        self.turn.get()
    }

    /// The requests that can still be decided or executed, as the console lists them; `None` before it did. Tracks.
    pub(crate) fn requests(self) -> Option<Result<Vec<ApprovalBody>, Failure>> {
        let now = self.clock.now();
        self.requests.with(|requests| match requests {
            Some(Ok(requests)) => {
                Some(Ok(requests.iter().filter(|request| request.expires.0 > now).cloned().collect()))
            }
            other => other.clone(),
        })
    }

    /// Whether a request is their own. Tracks.
    pub(crate) fn asked_for(self, request: &ApprovalBody) -> bool {
        self.with(|session| session.subject == request.requested_by_subject).unwrap_or(false)
    }

    /// Their own request for a plan. Tracks.
    pub(crate) fn request_for(self, cluster: &str, digest: &str) -> Vec<ApprovalBody> {
        let Some(Ok(mut requests)) = self.requests() else { return Vec::new() };
        requests.retain(|request| {
            request.cluster == cluster && request.plan.digest == digest && self.asked_for(request)
        });
        requests
    }

    /// How many requests wait for just them: those of others to be decided, and their own that were approved. Tracks.
    pub(crate) fn waiting(self) -> usize {
        let Some(Ok(requests)) = self.requests() else { return 0 };
        let approver = self.with(|session| session.approver).unwrap_or(false);
        let waits = |request: &&ApprovalBody| match request.state {
            ApprovalState::Waiting => approver && !self.asked_for(request),
            ApprovalState::Approved => self.asked_for(request),
            ApprovalState::Rejected => false,
        };
        requests.iter().filter(|request| !request.changed).filter(waits).count()
    }
}

/// Leads to the sign-in page, which leads back to where the browser is. The page is loaded anew, so that nothing of what was
/// shown stays in it.
pub(crate) fn leave() {
    let location = window().location();
    let (Ok(path), Ok(search)) = (location.pathname(), location.search()) else { return };
    if path != sign_in::PATH {
        let back = Place::parse(&path, &search).map(|place| place.href());
        let _ = location.replace(&sign_in::href(back.as_deref()));
    }
}

/// Signs out and leads to the sign-in page.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    api::sign_out().await?;
    let _ = window().location().replace(&sign_in::href(None));
    Ok(())
}
