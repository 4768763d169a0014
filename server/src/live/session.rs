//! One browser's subscriptions and what it was last sent. No socket, no clock, no async.

use std::collections::BTreeMap;
use std::sync::Arc;

use zooscope_protocol::codec::{Codec, EncodeError, Message};
use zooscope_protocol::{ClientFrame, Refusal, RefusalCode, RevisionId, ServerFrame, SubscriptionId, View};

use super::shown::{Shown, Step};

/// What a session can see: the newest content of every view.
pub trait World {
    /// The newest content of a view and its revision; `None` for a cluster that is none.
    fn content(&self, cluster: &str, view: &View) -> Option<(RevisionId, Arc<Shown>)>;
}

/// What is to be sent for a subscription.
#[derive(Debug)]
pub enum News {
    /// The view, whole.
    Snapshot {
        /// Which subscription.
        id: SubscriptionId,
        /// The revision that it shows.
        revision: RevisionId,
        /// The view.
        shown: Arc<Shown>,
    },
    /// What changed in it.
    Delta {
        /// Which subscription.
        id: SubscriptionId,
        /// The revision that was sent before.
        from: RevisionId,
        /// The revision that it leads to.
        to: RevisionId,
        /// What changed.
        step: Step,
    },
}

/// One browser's subscriptions.
#[derive(Debug)]
pub struct Session {
    limit: usize,
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
}

#[derive(Debug)]
struct Subscription {
    cluster: String,
    view: View,
    sent: Option<(RevisionId, Arc<Shown>)>,
}

impl Session {
    /// A session that may hold up to `limit` subscriptions.
    pub fn new(limit: usize) -> Self {
        Self { limit, subscriptions: BTreeMap::new() }
    }

    /// Takes a frame in. Errors: the refused frame to send; the session goes on.
    pub fn receive(&mut self, frame: ClientFrame, world: &impl World) -> Result<(), Box<ServerFrame>> {
        match frame {
            ClientFrame::Subscribe { id, cluster, view } => {
                check(&view).map_err(|refusal| refused(id, refusal))?;
                if world.content(&cluster, &View::Status).is_none() {
                    let detail = format!("there is no cluster called `{cluster}`");
                    return Err(refused(id, Refusal::new(RefusalCode::UnknownCluster, detail)));
                }
                if self.subscriptions.len() >= self.limit && !self.subscriptions.contains_key(&id) {
                    let detail =
                        format!("a connection has at most {} subscriptions; end one first", self.limit);
                    return Err(refused(id, Refusal::new(RefusalCode::TooMany, detail)));
                }
                self.subscriptions.insert(id, Subscription { cluster, view, sent: None });
            }
            ClientFrame::Unsubscribe { id } => {
                self.subscriptions.remove(&id);
            }
            ClientFrame::Pong { .. } => {}
        }
        Ok(())
    }

    /// What it looks at: a cluster's name and a view each.
    pub fn views(&self) -> impl Iterator<Item = (&str, &View)> {
        self.subscriptions.values().map(|subscription| (subscription.cluster.as_str(), &subscription.view))
    }

    /// Whether it looks at a journal.
    pub fn shows_journal(&self) -> bool {
        self.views().any(|(_, view)| matches!(view, View::Journal { .. }))
    }

    /// What brings every subscription up to the newest state; nothing when nothing changed.
    pub fn news(&mut self, world: &impl World) -> Vec<News> {
        let news =
            self.subscriptions.iter_mut().filter_map(|(id, subscription)| subscription.news(*id, world));
        news.collect()
    }
}

impl Subscription {
    fn news(&mut self, id: SubscriptionId, world: &impl World) -> Option<News> {
        let (revision, shown) = world.content(&self.cluster, &self.view)?;
        let news = match &self.sent {
            None => News::Snapshot { id, revision, shown: shown.clone() },
            Some((from, sent)) => News::Delta { id, from: *from, to: revision, step: shown.since(sent)? },
        };
        self.sent = Some((revision, shown));
        Some(news)
    }
}

impl News {
    /// The frame as the codec writes it.
    pub(super) fn message(&self, codec: Codec) -> Result<Message, EncodeError> {
        match self {
            Self::Snapshot { id, revision, shown } => {
                shown.written(codec).map(|content| codec.snapshot(*id, *revision, content))
            }
            Self::Delta { id, from, to, step } => {
                step.written(codec, |delta| codec.delta(*id, *from, *to, delta))
            }
        }
    }
}

/// Whether a view asks for no more than it may.
fn check(view: &View) -> Result<(), Refusal> {
    let (limit, query) = match view {
        View::Locks { limit, query, .. }
        | View::Queues { limit, query, .. }
        | View::Children { limit, query, .. } => (*limit, query.as_str()),
        View::Sessions { limit, query } => (*limit, query.as_str()),
        View::Findings { limit, code } => (*limit, code.as_deref().unwrap_or_default()),
        View::Queue { limit, .. } | View::Journal { limit, .. } => (*limit, ""),
        View::Status
        | View::Overview
        | View::Lock { .. }
        | View::Session { .. }
        | View::Waits
        | View::Node { .. } => (1, ""),
    };
    if !(1..=View::MAX_ROWS).contains(&limit) {
        let detail = format!("`limit` is 1 to {}", View::MAX_ROWS);
        return Err(Refusal::new(RefusalCode::BadFrame, detail));
    }
    if query.len() > 1_000 {
        return Err(Refusal::new(RefusalCode::BadFrame, "`query` is at most 1000 bytes long"));
    }
    Ok(())
}

fn refused(id: SubscriptionId, refusal: Refusal) -> Box<ServerFrame> {
    Box::new(ServerFrame::Refused { id: Some(id), code: refusal.code, detail: refusal.detail })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use zooscope_protocol::view::ChildList;
    use zooscope_protocol::{Content, Replica};

    use super::*;

    /// A world of one cluster `demo`, whose every view counts children.
    struct Counting(RefCell<(u64, Arc<Shown>)>);

    impl Counting {
        fn new() -> Self {
            Self(RefCell::new((0, Shown::new(Self::content(0), None))))
        }

        fn content(total: u32) -> Content {
            let list = ChildList { stat: None, readable: true, total, start: 0, rows: Vec::new() };
            Content::Children(list)
        }

        fn advance(&self, total: u32) {
            let mut state = self.0.borrow_mut();
            *state = (state.0 + 1, Shown::new(Self::content(total), Some(&state.1)));
        }
    }

    impl World for Counting {
        fn content(&self, cluster: &str, _: &View) -> Option<(RevisionId, Arc<Shown>)> {
            let state = self.0.borrow();
            (cluster == "demo").then(|| (RevisionId(state.0), state.1.clone()))
        }
    }

    #[test]
    fn a_slow_browser_gets_one_larger_delta_and_is_right() {
        let world = Counting::new();
        let (mut session, mut replica) = (Session::new(4), Replica::default());
        let (id, subscribe) = replica.subscribe("demo", View::Overview);
        session.receive(subscribe, &world).unwrap();
        deliver(session.news(&world), &mut replica);
        for total in 1..=100 {
            world.advance(total);
        }
        let news = session.news(&world);
        assert_eq!(news.len(), 1);
        deliver(news, &mut replica);
        assert_eq!(replica.content(id), Some(&Counting::content(100)));
        assert_eq!(replica.revision(id), Some(RevisionId(100)));
        world.advance(100);
        assert!(session.news(&world).is_empty());
    }

    #[test]
    fn who_was_sent_the_last_content_shares_the_step_and_who_was_not_is_right_too() {
        let world = Counting::new();
        let mut browsers: Vec<_> = (0..3).map(|_| (Session::new(4), Replica::default())).collect();
        for (session, replica) in &mut browsers {
            let (_, subscribe) = replica.subscribe("demo", View::Overview);
            session.receive(subscribe, &world).unwrap();
            deliver(session.news(&world), replica);
        }
        world.advance(1);
        let (session, replica) = &mut browsers[0];
        deliver(session.news(&world), replica);
        world.advance(2);
        let steps: Vec<_> = browsers
            .iter_mut()
            .map(|(session, replica)| {
                let news = session.news(&world);
                let [News::Delta { step, .. }] = news.as_slice() else { panic!("{news:?}") };
                let delta = step.delta.clone();
                deliver(news, replica);
                delta
            })
            .collect();
        for (_, replica) in &browsers {
            assert_eq!(replica.content(SubscriptionId(1)), Some(&Counting::content(2)));
        }
        let (session, _) = &mut browsers[0];
        assert!(session.news(&world).is_empty());
        assert_eq!(*steps[0], *steps[1]);
        assert!(!Arc::ptr_eq(&steps[1], &steps[2]), "who was behind has a step of its own");
    }

    /// Sends what is new over each codec to the replica.
    fn deliver(news: Vec<News>, replica: &mut Replica) {
        for news in news {
            let [one, other] = Codec::ALL.map(|codec| codec.decode(&news.message(codec).unwrap()).unwrap());
            assert_eq!(one, other);
            replica.receive(one);
        }
    }

    #[test]
    fn what_is_asked_in_vain_is_refused_with_a_code() {
        let world = Counting::new();
        let mut session = Session::new(1);
        let mut ask = |id: u32, cluster: &str, view: View| {
            let frame = ClientFrame::Subscribe { id: SubscriptionId(id), cluster: cluster.to_owned(), view };
            match session.receive(frame, &world) {
                Ok(()) => None,
                Err(frame) => match *frame {
                    ServerFrame::Refused { code, .. } => Some(code),
                    other => panic!("{other:?}"),
                },
            }
        };
        assert_eq!(ask(1, "nowhere", View::Overview), Some(RefusalCode::UnknownCluster));
        assert_eq!(ask(1, "demo", View::Journal { path: None, limit: 0 }), Some(RefusalCode::BadFrame));
        assert_eq!(ask(1, "demo", View::Overview), None);
        assert_eq!(ask(1, "demo", View::Status), None, "an id in use is given to the new view");
        assert_eq!(ask(2, "demo", View::Overview), Some(RefusalCode::TooMany));
    }
}
