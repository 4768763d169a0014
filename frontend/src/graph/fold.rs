//! What is folded away: the middle of a long line, and all but a few of many that wait for the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zooscope_protocol::SessionId;

use super::{Key, Line, Picture, WaitEdge, WaitGraph};

/// How many of a line or of a crowd stay in sight.
const SHOWN: usize = 3;
/// Fewer than this are not folded: a fold takes as much room as one of them.
const WORTH: usize = 2;

/// The edges of a graph by one of their ends.
type Ends<'a> = HashMap<SessionId, Vec<&'a WaitEdge>>;

/// The picture of a graph with long lines and crowds folded, except those that are `open`, and never with a session of
/// `keep` in a fold.
pub fn fold(graph: &WaitGraph, open: &BTreeSet<Key>, keep: &BTreeSet<SessionId>) -> Picture {
    let mut kept = keep.clone();
    kept.extend(graph.sessions.iter().filter(|node| node.deadlocked).map(|node| node.session));
    let mut folds = Folds { waits: Ends::new(), blocks: Ends::new(), kept, home: HashMap::new() };
    for edge in &graph.edges {
        folds.waits.entry(edge.waiter).or_default().push(edge);
        folds.blocks.entry(edge.blocker).or_default().push(edge);
    }
    folds.lines();
    folds.crowds(graph);

    let home = |session: SessionId| match folds.home.get(&session) {
        Some(key) if !open.contains(key) => key.clone(),
        _ => Key::One(session),
    };
    let mut picture = Picture::default();
    picture
        .circles
        .extend(graph.sessions.iter().filter(|node| node.deadlocked).map(|node| Key::One(node.session)));
    picture.circles.sort();
    let mut drawn = BTreeSet::new();
    for node in &graph.sessions {
        let key = home(node.session);
        if let Key::Fold(..) = key {
            picture.folded.entry(key.clone()).or_default().push(node.session);
        }
        if drawn.insert(key.clone()) {
            picture.nodes.push(key);
        }
    }
    let mut lines: BTreeMap<(Key, Key, String), Line> = BTreeMap::new();
    for edge in &graph.edges {
        let (from, to, lock) = (home(edge.blocker), home(edge.waiter), edge.lock.to_string());
        if from == to || !drawn.contains(&from) || !drawn.contains(&to) {
            continue;
        }
        let line =
            Line { from: from.clone(), to: to.clone(), lock: lock.clone(), held: edge.held, any: edge.any };
        lines.entry((from, to, lock)).and_modify(|known| known.held |= edge.held).or_insert(line);
    }
    picture.lines = lines.into_values().collect();
    picture
}

struct Folds<'a> {
    waits: Ends<'a>,
    blocks: Ends<'a>,
    kept: BTreeSet<SessionId>,
    home: HashMap<SessionId, Key>,
}

impl<'a> Folds<'a> {
    /// Whether a session only stands in a line: it waits for one and at most one waits for it, at the same lock.
    fn link(&self, session: SessionId) -> Option<(&'a WaitEdge, Option<&'a WaitEdge>)> {
        let [before] = self.waits.get(&session)?.as_slice() else { return None };
        match self.blocks.get(&session).map_or(&[][..], Vec::as_slice) {
            [] => Some((before, None)),
            [after] if after.lock == before.lock => Some((before, Some(after))),
            _ => None,
        }
    }

    /// Folds each line after its first few.
    fn lines(&mut self) {
        let mut heads: Vec<&WaitEdge> = self.waits.values().flatten().copied().collect();
        heads.retain(|edge| {
            // The line begins where the one before is no mere link of it.
            let before =
                self.link(edge.blocker).and_then(|(before, _)| (before.lock == edge.lock).then_some(()));
            before.is_none() && self.link(edge.waiter).is_some()
        });
        for head in heads {
            let mut line = Vec::new();
            let mut at = head.waiter;
            let mut seen = BTreeSet::new();
            while let Some((_, after)) = self.link(at).filter(|_| seen.insert(at)) {
                line.push(at);
                match after {
                    Some(after) => at = after.waiter,
                    None => break,
                }
            }
            self.put_away(&line, &Key::Fold(head.blocker, head.lock.to_string()));
        }
    }

    /// Folds those that wait for the same and that nobody waits for.
    fn crowds(&mut self, graph: &WaitGraph) {
        let mut crowds: BTreeMap<(Vec<SessionId>, &str), Vec<SessionId>> = BTreeMap::new();
        for node in &graph.sessions {
            let waits = self.waits.get(&node.session).map_or(&[][..], Vec::as_slice);
            let Some(first) = waits.first() else { continue };
            let one_lock = waits.iter().all(|edge| edge.lock == first.lock);
            if one_lock && !self.blocks.contains_key(&node.session) && !self.home.contains_key(&node.session)
            {
                let mut blockers: Vec<SessionId> = waits.iter().map(|edge| edge.blocker).collect();
                blockers.sort_unstable();
                crowds.entry((blockers, first.lock.as_str())).or_default().push(node.session);
            }
        }
        for ((blockers, lock), mut crowd) in crowds {
            crowd.sort_by_key(|session| (self.waits[session][0].since, *session));
            if let Some(first) = blockers.first() {
                self.put_away(&crowd, &Key::Fold(*first, lock.to_owned()));
            }
        }
    }

    fn put_away(&mut self, sessions: &[SessionId], key: &Key) {
        let rest = sessions.get(SHOWN..).unwrap_or_default();
        // What must stay in sight would tear the fold in two; then it stays open.
        if rest.len() < WORTH || rest.iter().any(|session| self.kept.contains(session)) {
            return;
        }
        self.home.extend(rest.iter().map(|session| (*session, key.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph;
    use super::*;

    fn chain(length: i64) -> WaitGraph {
        let edges: Vec<_> = (1..=length).map(|at| (at, at - 1, "a")).collect();
        graph(&edges)
    }

    fn drawn(picture: &Picture) -> Vec<i64> {
        picture.nodes.iter().filter_map(|key| key.session().map(|session| session.0)).collect()
    }

    #[test]
    fn a_long_line_shows_its_first_few() {
        let picture = fold(&chain(20), &BTreeSet::new(), &BTreeSet::new());
        assert_eq!(drawn(&picture), [0, 1, 2, 3]);
        let key = Key::Fold(SessionId(0), "/locks/a".to_owned());
        assert_eq!(picture.folded[&key].len(), 17);
        let last = picture.lines.iter().find(|line| line.to == key).unwrap();
        assert_eq!(last.from, Key::One(SessionId(3)));
    }

    #[test]
    fn a_short_line_is_whole() {
        assert_eq!(fold(&chain(4), &BTreeSet::new(), &BTreeSet::new()).nodes.len(), 5);
    }

    #[test]
    fn an_opened_fold_and_one_with_the_chosen_session_are_whole() {
        let key = Key::Fold(SessionId(0), "/locks/a".to_owned());
        assert_eq!(fold(&chain(20), &BTreeSet::from([key]), &BTreeSet::new()).nodes.len(), 21);
        assert_eq!(fold(&chain(20), &BTreeSet::new(), &BTreeSet::from([SessionId(9)])).nodes.len(), 21);
    }

    #[test]
    fn a_line_ends_where_one_of_it_holds_another_lock() {
        let mut edges: Vec<_> = (1..=10).map(|at| (at, at - 1, "a")).collect();
        edges.push((50, 5, "b"));
        let picture = fold(&graph(&edges), &BTreeSet::new(), &BTreeSet::new());
        assert!(drawn(&picture).contains(&5));
        assert!(picture.folded.keys().any(|key| *key == Key::Fold(SessionId(5), "/locks/a".to_owned())));
    }

    #[test]
    fn a_crowd_shows_its_first_few() {
        let edges: Vec<_> = (1..=30).map(|at| (at, 0, "a")).collect();
        let picture = fold(&graph(&edges), &BTreeSet::new(), &BTreeSet::new());
        assert_eq!(drawn(&picture), [0, 1, 2, 3]);
        assert_eq!(picture.lines.len(), 4);
    }

    #[test]
    fn a_circle_is_never_folded_and_ends() {
        let mut circle = graph(&(0..12).map(|at| (at, (at + 11) % 12, "a")).collect::<Vec<_>>());
        assert_eq!(fold(&circle, &BTreeSet::new(), &BTreeSet::new()).nodes.len(), 12);
        for node in &mut circle.sessions {
            node.deadlocked = true;
        }
        assert_eq!(fold(&circle, &BTreeSet::new(), &BTreeSet::new()).nodes.len(), 12);
    }

    #[test]
    fn the_order_of_the_edges_does_not_matter() {
        let mut edges: Vec<_> =
            (1..=30).map(|at| (at, at / 3, if at % 2 == 0 { "a" } else { "b" })).collect();
        let before = graph(&edges);
        edges.reverse();
        let after = graph(&edges);
        let empty = BTreeSet::new();
        assert_eq!(fold(&before, &empty, &BTreeSet::new()), fold(&after, &empty, &BTreeSet::new()));
    }
}
