//! The bridge from the stream to the screen: the replica holds what came, the graph of signals is told once a frame.
//!
//! Frames go into the replica at once and one by one. What the graph is told is only *that* a subscription changed; a
//! view reads the replica when it is drawn. So no delta is ever in a signal, where two of one moment would be one.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use leptos::prelude::*;
use zooscope_protocol::frame::Pulse;
use zooscope_protocol::replica::Received;
use zooscope_protocol::{
    ClientFrame, ClusterInfo, Content, Replica, RevisionId, ServerFrame, Status, SubscriptionId, View,
};

use crate::health::Health;
use crate::link::{Link, LinkEvent, LinkState};
use crate::route::encode;
use crate::text;
use crate::time::{Clock, local};
use crate::who::Who;

/// The stream of the page. Copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    inner: StoredValue<Inner, LocalStorage>,
    /// How the connection to the console is.
    pub(crate) link: RwSignal<LinkState>,
    /// What the server said of itself in Hello; `None` before it.
    pub(crate) server: RwSignal<Option<Server>>,
    /// The last heartbeat and when it came, by the browser's clock.
    pulse: RwSignal<(Vec<Pulse>, i64)>,
    /// What the console's heartbeat says of who may do what: another number when that may have changed.
    pub(crate) notice: RwSignal<u64>,
    /// Whether all that was asked for has come once, or was refused: the first screen has what it shows.
    pub(crate) settled: RwSignal<bool>,
    /// How often a connection was lost, or an attempt at one failed.
    pub(crate) losses: RwSignal<u32>,
    /// The page's clock.
    pub(crate) clock: Clock,
}

/// What the server said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its version.
    pub(crate) version: String,
    /// The clusters, in their order.
    pub(crate) clusters: Vec<String>,
    /// Whether it acts on nothing.
    pub(crate) read_only: bool,
}

#[derive(Default)]
struct Inner {
    replica: RefCell<Replica>,
    link: RefCell<Option<Link>>,
    watched: RefCell<HashMap<SubscriptionId, Watched>>,
    dirty: RefCell<HashSet<SubscriptionId>>,
    frame_asked: Cell<bool>,
}

#[derive(Clone, Default)]
struct Watched {
    changed: ArcTrigger,
    refused: ArcRwSignal<Option<String>>,
}

impl Live {
    /// A stream that is not connected yet.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            inner: StoredValue::new_local(Inner::default()),
            link: RwSignal::new(LinkState::Connecting),
            server: RwSignal::new(None),
            pulse: RwSignal::new((Vec::new(), local())),
            notice: RwSignal::new(0),
            settled: RwSignal::new(false),
            losses: RwSignal::new(0),
            clock,
        }
    }

    /// Connects, once. One connection serves all clusters; `cluster` only names its address.
    pub(crate) fn connect(self, cluster: &str) {
        if self.inner.with_value(|inner| inner.link.borrow().is_some()) {
            return;
        }
        let location = window().location();
        let scheme = if location.protocol().is_ok_and(|scheme| scheme == "https:") { "wss" } else { "ws" };
        let host = location.host().unwrap_or_default();
        let url = format!("{scheme}://{host}/api/v1/clusters/{}/stream", encode(cluster, false));
        let link = Link::open(url, self.link, move |event| self.handle(event));
        self.inner.with_value(|inner| *inner.link.borrow_mut() = Some(link));
    }

    /// Begins a subscription that the caller ends.
    pub(crate) fn subscribe(self, cluster: &str, view: View) -> SubscriptionId {
        self.inner.with_value(|inner| {
            let (id, frame) = inner.replica.borrow_mut().subscribe(cluster, view);
            inner.watched.borrow_mut().insert(id, Watched::default());
            inner.send(&frame);
            id
        })
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(self, id: SubscriptionId) {
        // The graph is taken down after the stream at the end of the page.
        let _ = self.inner.try_with_value(|inner| {
            let frame = inner.replica.borrow_mut().unsubscribe(id);
            inner.watched.borrow_mut().remove(&id);
            inner.dirty.borrow_mut().remove(&id);
            inner.send(&frame);
        });
    }

    /// Reads what a subscription shows; `None` before its first frame. Tracks.
    pub(crate) fn with<T>(self, id: SubscriptionId, read: impl FnOnce(Option<&Content>) -> T) -> T {
        self.inner.with_value(|inner| {
            let watched = inner.watched.borrow().get(&id).cloned();
            if let Some(watched) = watched {
                watched.changed.track();
            }
            read(inner.replica.borrow().content(id))
        })
    }

    /// Why a subscription was refused. Tracks.
    pub(crate) fn refused(self, id: SubscriptionId) -> Option<String> {
        let watched = self.inner.with_value(|inner| inner.watched.borrow().get(&id).cloned());
        watched.and_then(|watched| watched.refused.get())
    }

    /// Whether a subscription has content. Tracks.
    pub(crate) fn has_content(self, id: SubscriptionId) -> bool {
        self.with(id, |content| content.is_some())
    }

    /// The last pulse of a cluster. Tracks.
    pub(crate) fn pulse(self, cluster: &str) -> Option<Pulse> {
        let at =
            self.server.with(|server| server.as_ref()?.clusters.iter().position(|name| name == cluster))?;
        self.pulse.with(|(pulses, _)| pulses.get(at).copied())
    }

    /// When the console was last heard, in milliseconds ago. Tracks.
    pub(crate) fn silence(self) -> u64 {
        self.clock.now();
        self.pulse.with(|(_, heard)| u64::try_from(local() - heard).unwrap_or(0))
    }

    /// The newest revision that is known of a cluster. Tracks.
    pub(crate) fn revision(self, cluster: &str) -> RevisionId {
        self.pulse(cluster).map(|pulse| pulse.revision).unwrap_or_default()
    }

    fn handle(self, event: LinkEvent) {
        match event {
            LinkEvent::Opened => self.inner.with_value(|inner| {
                for frame in inner.replica.borrow().declare() {
                    inner.send(&frame);
                }
            }),
            LinkEvent::Frame(frame) => self.receive(frame),
            LinkEvent::Lost => self.losses.update(|losses| *losses = losses.wrapping_add(1)),
        }
    }

    fn receive(self, frame: ServerFrame) {
        let received = self.inner.with_value(|inner| inner.replica.borrow_mut().receive(frame));
        match received {
            Received::Changed(id) => self.mark(id),
            Received::Resubscribe(frame) => {
                if let ClientFrame::Subscribe { id, .. } = &frame {
                    self.mark(*id);
                }
                self.send(&frame);
            }
            Received::Hello { version, at, clusters, read_only } => {
                self.clock.correct(at);
                let server = Some(Server { version, clusters, read_only });
                self.server.maybe_update(|known| std::mem::replace(known, server.clone()) != server);
            }
            Received::Heartbeat { pong, at, clusters, notice } => {
                self.send(&pong);
                self.clock.correct(at);
                self.pulse.set((clusters, local()));
                self.notice.maybe_update(|known| std::mem::replace(known, notice) != notice);
            }
            Received::Refused { id: Some(id), detail, .. } => {
                let watched = self.inner.with_value(|inner| inner.watched.borrow().get(&id).cloned());
                if let Some(watched) = watched {
                    watched.refused.set(Some(detail));
                }
                self.settle();
            }
            // The socket closes next, which is where the loss is shown.
            Received::Refused { id: None, .. } | Received::Bye(_) | Received::Nothing => {}
        }
    }

    fn send(self, frame: &ClientFrame) {
        self.inner.with_value(|inner| inner.send(frame));
    }

    /// Remembers that a subscription changed and tells the graph with the next animation frame.
    fn mark(self, id: SubscriptionId) {
        let ask = self.inner.with_value(|inner| {
            inner.dirty.borrow_mut().insert(id);
            !inner.frame_asked.replace(true)
        });
        if ask {
            request_animation_frame(move || self.tell());
        }
    }

    fn tell(self) {
        let changed: Vec<Watched> = self.inner.with_value(|inner| {
            inner.frame_asked.set(false);
            let watched = inner.watched.borrow();
            inner.dirty.borrow_mut().drain().filter_map(|id| watched.get(&id).cloned()).collect()
        });
        for watched in changed {
            watched.changed.notify();
            if watched.refused.with_untracked(Option::is_some) {
                watched.refused.set(None);
            }
        }
        self.settle();
    }

    fn settle(self) {
        if !self.settled.get_untracked() && self.inner.with_value(Inner::is_answered) {
            self.settled.set(true);
        }
    }
}

impl Inner {
    /// Whether something was asked for and nothing is waited for.
    fn is_answered(&self) -> bool {
        let (watched, replica) = (self.watched.borrow(), self.replica.borrow());
        let answered = |(id, watched): (&SubscriptionId, &Watched)| {
            replica.content(*id).is_some() || watched.refused.with_untracked(Option::is_some)
        };
        !watched.is_empty() && watched.iter().all(answered)
    }

    fn send(&self, frame: &ClientFrame) {
        if let Some(link) = self.link.borrow().as_ref() {
            link.send(frame);
        }
    }
}

/// One subscription of a part of the screen, ended with it.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    live: Live,
    shown: RwSignal<Option<SubscriptionId>>,
    asked: RwSignal<Option<SubscriptionId>>,
    /// Whether there is nothing to show yet, whatever came; not for the view that tells so.
    blank: Option<Memo<bool>>,
}

/// Subscribes to a view for as long as the calling component lives. When the view changes, the old content stays until
/// the new one has come.
pub(crate) fn use_view(view: impl Fn() -> Option<(String, View)> + Send + Sync + 'static) -> Feed {
    let live = expect_context::<Live>();
    let blank = use_context::<Cluster>().map(|cluster| cluster.blank);
    let feed = Feed { live, shown: RwSignal::new(None), asked: RwSignal::new(None), blank };
    let wanted = Memo::new(move |_| view());
    Effect::new(move || {
        let next = wanted.get().map(|(cluster, view)| live.subscribe(&cluster, view));
        let before = feed.asked.get_untracked();
        feed.asked.set(next);
        // A request that was never shown ends here; the one that is shown ends when its successor has come.
        let shown = feed.shown.get_untracked();
        if let Some(before) = before.filter(|before| shown != Some(*before)) {
            live.unsubscribe(before);
        }
        if next.is_none()
            && let Some(shown) = shown
        {
            feed.shown.set(None);
            live.unsubscribe(shown);
        }
    });
    Effect::new(move || {
        let Some(asked) = feed.asked.get() else { return };
        if feed.shown.get_untracked() != Some(asked)
            && (live.has_content(asked) || feed.shown.get_untracked().is_none())
        {
            let before = feed.shown.get_untracked();
            feed.shown.set(Some(asked));
            if let Some(before) = before {
                live.unsubscribe(before);
            }
        }
    });
    on_cleanup(move || {
        let shown = feed.shown.try_get_untracked().flatten();
        let asked = feed.asked.try_get_untracked().flatten();
        for id in shown.into_iter().chain(asked.filter(|asked| Some(*asked) != shown)) {
            live.unsubscribe(id);
        }
    });
    feed
}

impl Feed {
    /// Reads the content; `None` before it came. Tracks.
    pub(crate) fn with<T>(self, read: impl FnOnce(Option<&Content>) -> T) -> T {
        match self.shown.get() {
            Some(id) => self.live.with(id, read),
            None => read(None),
        }
    }

    /// The cluster and the view whose content is shown. Tracks.
    pub(crate) fn source(self) -> Option<(String, View)> {
        let shown = self.shown.get()?;
        self.live.inner.with_value(|inner| {
            let replica = inner.replica.borrow();
            replica.view(shown).map(|(cluster, view)| (cluster.to_owned(), view.clone()))
        })
    }

    /// Why the view was refused. Tracks.
    pub(crate) fn refused(self) -> Option<String> {
        self.asked.get().and_then(|id| self.live.refused(id))
    }

    /// Whether there is content that means something. Before the first scan is done a list is empty because nobody has
    /// looked yet, which must not be shown as an empty list. Tracks.
    pub(crate) fn is_ready(self) -> bool {
        !self.blank.is_some_and(|blank| blank.get()) && self.with(|content| content.is_some())
    }
}

/// The present cluster and how it is.
#[derive(Clone, Copy)]
pub(crate) struct Cluster {
    /// How much to trust what is shown.
    pub(crate) health: Memo<Health>,
    /// What the server says of it; `None` before it came.
    pub(crate) info: Memo<Option<ClusterInfo>>,
    /// Whether there is nothing to show yet, or nothing any more.
    pub(crate) blank: Memo<bool>,
    /// Why nothing may be done; `None` when something may.
    pub(crate) hindrance: Memo<Option<String>>,
}

impl Cluster {
    /// Follows the cluster of the address.
    pub(crate) fn follow(live: Live, who: Who, name: Signal<String>) -> Self {
        let feed = use_view(move || Some((name.get(), View::Status)).filter(|(name, _)| !name.is_empty()));
        let info = Memo::new(move |_| {
            feed.with(|content| match content {
                Some(Content::Status(info)) => Some(info.clone()),
                _ => None,
            })
        });
        let health = Memo::new(move |_| health(live, &name.get(), info.get().as_ref()));
        let hindrance = Memo::new(move |_| {
            let read_only = live.server.with(|server| server.as_ref().is_some_and(|server| server.read_only));
            match health.get() {
                Health::Live(_) if read_only => Some(text::HINDRANCE_READ_ONLY.to_owned()),
                Health::Live(_) => who.frozen().map(|why| text::hindrance_frozen(&why)),
                other => Some(text::hindrance(&other)),
            }
        });
        let blank = Memo::new(move |_| {
            matches!(health.get(), Health::Reaching | Health::Scanning(..) | Health::Failed(_))
        });
        Self { health, info, blank, hindrance }
    }

    /// Whether what is shown may be old. Tracks.
    pub(crate) fn is_stale(self) -> bool {
        matches!(self.health.get(), Health::Offline | Health::Lost(_) | Health::Stale(_))
    }
}

fn health(live: Live, name: &str, info: Option<&ClusterInfo>) -> Health {
    match live.link.get() {
        LinkState::Offline => return Health::Offline,
        LinkState::Connecting => return Health::Connecting,
        LinkState::Lost => return Health::Lost(live.silence()),
        LinkState::Open => {}
    }
    let Some(info) = info else { return Health::Connecting };
    let age = live.pulse(name).and_then(|pulse| pulse.stale_ms);
    match info.status {
        Status::Connecting => Health::Reaching,
        Status::Scanning => Health::Scanning(info.znodes, info.expected),
        Status::Live => Health::Live(age.unwrap_or(0)),
        Status::Stale => Health::Stale(age),
        Status::ReadOnly => Health::ReadOnly,
        Status::Failed => Health::Failed(info.error.clone().unwrap_or_default()),
    }
}
