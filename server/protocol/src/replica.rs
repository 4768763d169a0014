//! The subscriber's side of the stream, without socket, clock or async: frames in, changes out.
//!
//! A delta is applied only where it starts at the revision that the last frame ended with; else the replica asks for the
//! view anew. So it can be behind, but never wrong.

use std::collections::BTreeMap;

use crate::frame::Pulse;
use crate::{ClientFrame, Content, RefusalCode, RevisionId, ServerFrame, SubscriptionId, Timestamp, View};

/// The views that a subscriber asked for, as far as it has seen them.
#[derive(Debug, Default)]
pub struct Replica {
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    next: u32,
}

#[derive(Debug)]
struct Subscription {
    cluster: String,
    view: View,
    seen: Option<(RevisionId, Content)>,
}

/// What a frame meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// The server said hello.
    Hello {
        /// The version of the server.
        version: String,
        /// The server's clock.
        at: Timestamp,
        /// The names of the clusters.
        clusters: Vec<String>,
        /// Whether the server acts on nothing.
        read_only: bool,
    },
    /// The content of this subscription changed.
    Changed(SubscriptionId),
    /// A frame was missed: send this to be right again.
    Resubscribe(ClientFrame),
    /// The server refused a frame.
    Refused {
        /// The subscription that it was about.
        id: Option<SubscriptionId>,
        /// Why, for programs.
        code: RefusalCode,
        /// Why, for people.
        detail: String,
    },
    /// The connection lives: send the pong.
    Heartbeat {
        /// The answer to send.
        pong: ClientFrame,
        /// The server's clock.
        at: Timestamp,
        /// How old each mirror is, in the order of Hello.
        clusters: Vec<Pulse>,
        /// Another number than before when who may do what, or what waits for approval, may have changed.
        notice: u64,
    },
    /// The server ends the connection.
    Bye(String),
    /// The frame was about a subscription that is no more.
    Nothing,
}

impl Replica {
    /// Begins a subscription. The frame is to be sent now if there is a connection; after a reconnect
    /// [`Replica::declare`] says it again.
    pub fn subscribe(&mut self, cluster: &str, view: View) -> (SubscriptionId, ClientFrame) {
        self.next += 1;
        let id = SubscriptionId(self.next);
        let subscription = Subscription { cluster: cluster.to_owned(), view, seen: None };
        let frame = subscription.declare(id);
        self.subscriptions.insert(id, subscription);
        (id, frame)
    }

    /// Ends a subscription.
    pub fn unsubscribe(&mut self, id: SubscriptionId) -> ClientFrame {
        self.subscriptions.remove(&id);
        ClientFrame::Unsubscribe { id }
    }

    /// All that is to be sent on a new connection. What was seen stays until the new snapshots come.
    pub fn declare(&self) -> Vec<ClientFrame> {
        self.subscriptions.iter().map(|(id, subscription)| subscription.declare(*id)).collect()
    }

    /// What a subscription shows; `None` before its first frame.
    pub fn content(&self, id: SubscriptionId) -> Option<&Content> {
        self.subscriptions.get(&id)?.seen.as_ref().map(|(_, content)| content)
    }

    /// The cluster and the view that a subscription is of.
    pub fn view(&self, id: SubscriptionId) -> Option<(&str, &View)> {
        self.subscriptions.get(&id).map(|subscription| (subscription.cluster.as_str(), &subscription.view))
    }

    /// The revision that a subscription shows; `None` before its first frame.
    pub fn revision(&self, id: SubscriptionId) -> Option<RevisionId> {
        self.subscriptions.get(&id)?.seen.as_ref().map(|(revision, _)| *revision)
    }

    /// Takes a frame in.
    pub fn receive(&mut self, frame: ServerFrame) -> Received {
        match frame {
            ServerFrame::Hello { version, at, clusters, read_only } => {
                Received::Hello { version, at, clusters, read_only }
            }
            ServerFrame::Snapshot { id, revision, content } => match self.subscriptions.get_mut(&id) {
                Some(subscription) => {
                    subscription.seen = Some((revision, content));
                    Received::Changed(id)
                }
                None => Received::Nothing,
            },
            ServerFrame::Delta { id, from, to, delta } => match self.subscriptions.get_mut(&id) {
                Some(subscription) => subscription.advance(id, from, to, delta),
                None => Received::Nothing,
            },
            ServerFrame::Refused { id, code, detail } => Received::Refused { id, code, detail },
            ServerFrame::Heartbeat { at, clusters, notice } => {
                Received::Heartbeat { pong: ClientFrame::Pong { at }, at, clusters, notice }
            }
            ServerFrame::Bye { reason } => Received::Bye(reason),
        }
    }
}

impl Subscription {
    fn declare(&self, id: SubscriptionId) -> ClientFrame {
        ClientFrame::Subscribe { id, cluster: self.cluster.clone(), view: self.view.clone() }
    }

    fn advance(
        &mut self,
        id: SubscriptionId,
        from: RevisionId,
        to: RevisionId,
        delta: crate::Delta,
    ) -> Received {
        if let Some((revision, content)) = &mut self.seen
            && *revision == from
            && content.apply(delta).is_ok()
        {
            *revision = to;
            return Received::Changed(id);
        }
        self.seen = None;
        Received::Resubscribe(self.declare(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Rows;
    use crate::view::LockList;
    use crate::{Delta, lock::LockSort};

    fn list(total: u32) -> Content {
        Content::Locks(LockList { sort: LockSort::Path, total, rows: Vec::new() })
    }

    fn delta(total: u32) -> Delta {
        Delta::Locks { total, rows: Rows { remove: Vec::new(), upsert: Vec::new() } }
    }

    #[test]
    fn a_gap_in_the_chain_asks_for_the_view_anew() {
        let mut replica = Replica::default();
        let view = View::Locks { query: String::new(), sort: LockSort::Path, limit: 10 };
        let (id, declared) = replica.subscribe("demo", view);
        let at = RevisionId;
        assert_eq!(
            replica.receive(ServerFrame::Snapshot { id, revision: at(4), content: list(1) }),
            Received::Changed(id)
        );
        let next = ServerFrame::Delta { id, from: at(4), to: at(9), delta: delta(2) };
        assert_eq!(replica.receive(next), Received::Changed(id));
        assert_eq!(replica.content(id), Some(&list(2)));
        let after_a_gap = ServerFrame::Delta { id, from: at(10), to: at(11), delta: delta(3) };
        assert_eq!(replica.receive(after_a_gap), Received::Resubscribe(declared.clone()));
        assert_eq!(replica.content(id), None);
        assert_eq!(replica.declare(), vec![declared]);
        replica.unsubscribe(id);
        let late = ServerFrame::Snapshot { id, revision: at(12), content: list(9) };
        assert_eq!(replica.receive(late), Received::Nothing);
    }
}
