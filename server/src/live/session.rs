//! One browser's subscriptions and what it was last sent. No socket, no clock, no async.

use std::collections::BTreeMap;
use std::sync::Arc;

use zooscope_protocol::{
    ClientFrame, Content, Delta, Refusal, RefusalCode, RevisionId, ServerFrame, SubscriptionId, View,
};

/// What a session can see: the newest content of every view.
pub trait World {
    /// The newest content of a view and its revision; `None` for a cluster that is none.
    fn content(&self, cluster: &str, view: &View) -> Option<(RevisionId, Arc<Content>)>;
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
    sent: Option<(RevisionId, Arc<Content>)>,
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

    /// The frames that bring every subscription up to the newest state; none when nothing changed.
    pub fn frames(&mut self, world: &impl World) -> Vec<ServerFrame> {
        let frames =
            self.subscriptions.iter_mut().filter_map(|(id, subscription)| subscription.frame(*id, world));
        frames.collect()
    }
}

impl Subscription {
    fn frame(&mut self, id: SubscriptionId, world: &impl World) -> Option<ServerFrame> {
        let (revision, content) = world.content(&self.cluster, &self.view)?;
        let frame = match &self.sent {
            None => ServerFrame::Snapshot { id, revision, content: Content::clone(&content) },
            Some((_, sent)) if Arc::ptr_eq(sent, &content) => return None,
            Some((from, sent)) => {
                let delta = Delta::between(sent, &content)?;
                ServerFrame::Delta { id, from: *from, to: revision, delta }
            }
        };
        self.sent = Some((revision, content));
        Some(frame)
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

    use zooscope_protocol::Replica;
    use zooscope_protocol::view::ChildList;

    use super::*;

    /// A world of one cluster `demo`, whose every view counts children.
    struct Counting(RefCell<(u64, Arc<Content>)>);

    impl Counting {
        fn new() -> Self {
            Self(RefCell::new((0, Self::content(0))))
        }

        fn content(total: u32) -> Arc<Content> {
            let list = ChildList { stat: None, readable: true, total, start: 0, rows: Vec::new() };
            Arc::new(Content::Children(list))
        }

        fn advance(&self, total: u32) {
            let mut state = self.0.borrow_mut();
            *state = (state.0 + 1, Self::content(total));
        }
    }

    impl World for Counting {
        fn content(&self, cluster: &str, _: &View) -> Option<(RevisionId, Arc<Content>)> {
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
        for frame in session.frames(&world) {
            replica.receive(frame);
        }
        for total in 1..=100 {
            world.advance(total);
        }
        let frames = session.frames(&world);
        assert_eq!(frames.len(), 1);
        frames.into_iter().for_each(|frame| drop(replica.receive(frame)));
        assert_eq!(replica.content(id), Some(&*Counting::content(100)));
        assert_eq!(replica.revision(id), Some(RevisionId(100)));
        world.advance(100);
        assert!(session.frames(&world).is_empty());
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
