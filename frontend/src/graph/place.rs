//! Columns and rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Key, Layout, Line, Next, Picture, Spot};

/// Gives everything in a picture its place. What was in `before` keeps its row where nothing else needs it.
pub fn lay_out(picture: &Picture, before: Option<&Layout>) -> Layout {
    let next = picture.next();
    let (order, closing) = walk(picture, &next);
    let column = columns(&order, &next, &closing);

    let mut board = Board::default();
    // The old rows first: who stood somewhere is not pushed away by who comes. A board that is mostly holes is drawn anew.
    let is_dense = |before: &&Layout| before.rows <= 2 * picture.nodes.len().max(4);
    if let Some(before) = before.filter(is_dense) {
        for key in &order {
            if let Some(spot) = before.spots.get(*key) {
                board.keep(key, Spot { column: column[*key], row: spot.row });
            }
        }
    }
    let mut blocker: HashMap<&Key, &Key> = HashMap::new();
    for key in &order {
        for line in next.get(*key).into_iter().flatten().filter(|line| !closing.contains(**line)) {
            blocker.entry(&line.to).or_insert(key);
        }
    }
    for key in &order {
        if !board.spots.contains_key(*key) {
            let beside = blocker.get(*key).and_then(|blocker| board.spots.get(*blocker)).map(|spot| spot.row);
            board.put(key, column[*key], beside);
        }
    }
    let size = |read: fn(&Spot) -> usize| board.spots.values().map(|spot| read(spot) + 1).max().unwrap_or(0);
    Layout {
        columns: size(|spot| spot.column),
        rows: size(|spot| spot.row),
        closing: closing.into_iter().cloned().collect(),
        spots: board.spots,
    }
}

/// Everything, each blocker before those that wait for it and depth first; and the lines that close a circle.
fn walk<'a>(picture: &'a Picture, next: &Next<'a>) -> (Vec<&'a Key>, BTreeSet<&'a Line>) {
    let mut order = Vec::with_capacity(picture.nodes.len());
    let mut closing = BTreeSet::new();
    let mut open: HashSet<&Key> = HashSet::new();
    let mut seen: HashSet<&Key> = HashSet::new();
    // A circle begins at the smallest of its sessions that was not reached, whoever blocks the most at the moment.
    let mut rest: Vec<&Key> = picture.nodes.iter().collect();
    rest.sort();
    let mut stack: Vec<(&Key, usize)> = Vec::new();
    let first = picture.circles.iter().filter(|key| picture.nodes.contains(key));
    for start in first.chain(picture.starts()).chain(rest) {
        if !seen.insert(start) {
            continue;
        }
        order.push(start);
        open.insert(start);
        stack.push((start, 0));
        while let Some((key, at)) = stack.pop() {
            let Some(line) = next.get(key).and_then(|lines| lines.get(at)) else {
                open.remove(key);
                continue;
            };
            stack.push((key, at + 1));
            if open.contains(&line.to) {
                closing.insert(*line);
            } else if seen.insert(&line.to) {
                order.push(&line.to);
                open.insert(&line.to);
                stack.push((&line.to, 0));
            }
        }
    }
    (order, closing)
}

/// The column of each: one more than that of the last blocker before it.
fn columns<'a>(order: &[&'a Key], next: &Next<'a>, closing: &BTreeSet<&Line>) -> HashMap<&'a Key, usize> {
    let mut incoming: HashMap<&Key, usize> = HashMap::new();
    let forward = |key: &Key| {
        next.get(key)
            .into_iter()
            .flatten()
            .copied()
            .filter(|line| !closing.contains(*line))
            .collect::<Vec<_>>()
    };
    for key in order {
        for line in forward(key) {
            *incoming.entry(&line.to).or_default() += 1;
        }
    }
    let mut column: HashMap<&Key, usize> = order.iter().map(|key| (*key, 0)).collect();
    let mut ready: Vec<&Key> = order.iter().copied().filter(|key| !incoming.contains_key(*key)).collect();
    while let Some(key) = ready.pop() {
        let here = column[key];
        for line in forward(key) {
            if let Some(column) = column.get_mut(&line.to) {
                *column = (*column).max(here + 1);
            }
            if let Some(count) = incoming.get_mut(&line.to) {
                *count -= 1;
                if *count == 0 {
                    ready.push(&line.to);
                }
            }
        }
    }
    column
}

/// What stands where.
#[derive(Default)]
struct Board {
    spots: BTreeMap<Key, Spot>,
    taken: HashSet<Spot>,
    /// The last column that is taken in each row.
    last: Vec<Option<usize>>,
}

impl Board {
    fn keep(&mut self, key: &Key, spot: Spot) {
        if self.taken.insert(spot) {
            if self.last.len() <= spot.row {
                self.last.resize(spot.row + 1, None);
            }
            self.last[spot.row] = self.last[spot.row].max(Some(spot.column));
            self.spots.insert(key.clone(), spot);
        }
    }

    /// Puts a thing into the first row from that of its blocker on in which nothing stands from its column on.
    fn put(&mut self, key: &Key, column: usize, beside: Option<usize>) {
        let first = beside.unwrap_or(0);
        let is_free = |row: &usize| match self.last.get(*row) {
            Some(Some(last)) => *last < column,
            _ => true,
        };
        let row = (first..=self.last.len().max(first)).find(is_free).unwrap_or(self.last.len().max(first));
        self.keep(key, Spot { column, row });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zooscope_protocol::SessionId;

    use super::super::{fold, graph};
    use super::*;

    fn picture(edges: &[(i64, i64, &str)]) -> Picture {
        fold(&graph(edges), &BTreeSet::new(), &BTreeSet::new())
    }

    fn spot(layout: &Layout, session: i64) -> (usize, usize) {
        let spot = layout.spots[&Key::One(SessionId(session))];
        (spot.column, spot.row)
    }

    #[test]
    fn blockers_stand_to_the_left() {
        let layout = lay_out(&picture(&[(2, 1, "a"), (3, 2, "a"), (4, 1, "b")]), None);
        assert_eq!([1, 2, 3, 4].map(|session| spot(&layout, session)), [(0, 0), (1, 0), (2, 0), (1, 1)]);
        assert_eq!((layout.columns, layout.rows), (3, 2));
    }

    #[test]
    fn nobody_stands_on_another() {
        let mut edges = Vec::new();
        for at in 1..120_i64 {
            edges.push((at, at * 7 % at, "a"));
            edges.push((at, at / 2, "b"));
        }
        let layout = lay_out(&picture(&edges), None);
        let spots: BTreeSet<Spot> = layout.spots.values().copied().collect();
        assert_eq!(spots.len(), layout.spots.len());
    }

    #[test]
    fn each_root_has_rows_of_its_own() {
        let layout = lay_out(&picture(&[(2, 1, "a"), (3, 1, "a"), (12, 11, "b"), (13, 12, "b")]), None);
        assert_eq!(spot(&layout, 1).1, 0);
        assert_eq!(spot(&layout, 11), (0, 2));
        assert_eq!(spot(&layout, 13), (2, 2));
    }

    #[test]
    fn a_circle_is_closed_by_one_line_back() {
        let layout = lay_out(&picture(&[(1, 2, "a"), (2, 3, "b"), (3, 1, "c")]), None);
        assert_eq!(layout.closing.len(), 1);
        assert_eq!(layout.columns, 3);
        let closing = layout.closing.first().unwrap();
        assert_eq!(closing.to, Key::One(SessionId(1)));
    }

    #[test]
    fn a_circle_comes_first_and_stands_in_one_row() {
        let mut graph =
            graph(&[(9, 8, "z"), (1, 2, "a"), (2, 3, "b"), (3, 1, "c"), (0, 2, "b"), (4, 1, "c")]);
        for node in &mut graph.sessions {
            node.deadlocked = (1..=3).contains(&node.session.0);
        }
        let layout = lay_out(&fold(&graph, &BTreeSet::new(), &BTreeSet::new()), None);
        assert_eq!([1, 3, 2].map(|session| spot(&layout, session)), [(0, 0), (1, 0), (2, 0)]);
        assert!(spot(&layout, 8).1 > 0);
    }

    #[test]
    fn who_stays_keeps_its_row() {
        let before = lay_out(&picture(&[(2, 1, "a"), (3, 1, "b"), (12, 11, "c")]), None);
        // Session 2 went, another came behind 1, and one more in front of 11.
        let after =
            lay_out(&picture(&[(3, 1, "b"), (4, 1, "a"), (11, 10, "d"), (12, 11, "c")]), Some(&before));
        assert_eq!(spot(&after, 1), spot(&before, 1));
        assert_eq!(spot(&after, 3), spot(&before, 3));
        assert_eq!(spot(&after, 12).1, spot(&before, 12).1);
        assert_eq!(spot(&after, 11), (1, spot(&before, 11).1));
    }

    #[test]
    fn a_line_moves_up_in_its_row() {
        let before = lay_out(&picture(&[(2, 1, "a"), (3, 2, "a")]), None);
        let after = lay_out(&picture(&[(3, 2, "a")]), Some(&before));
        assert_eq!(spot(&after, 2), (0, 0));
        assert_eq!(spot(&after, 3), (1, 0));
    }

    #[test]
    fn a_board_that_is_mostly_holes_is_drawn_anew() {
        let many: Vec<_> = (0..40).map(|at| (at * 2 + 1, at * 2, "a")).collect();
        let before = lay_out(&picture(&many), None);
        let after = lay_out(&picture(&[(79, 78, "a")]), Some(&before));
        assert_eq!(spot(&after, 78), (0, 0));
    }

    #[test]
    fn the_same_graph_is_the_same_picture() {
        let edges: Vec<_> = (1..=60).map(|at| (at, at / 2, "a")).collect();
        let mut other = edges.clone();
        other.reverse();
        let layout = lay_out(&picture(&edges), None);
        assert_eq!(layout, lay_out(&picture(&other), None));
        assert_eq!(layout, lay_out(&picture(&edges), Some(&layout)));
    }

    #[test]
    fn the_largest_graph_is_quick_and_whole() {
        let edges: Vec<_> = (1..400).map(|at| (at, at - 1, if at % 5 == 0 { "a" } else { "b" })).collect();
        let layout = lay_out(&picture(&edges), None);
        assert_eq!(layout.rows, 1);
        assert!(layout.columns > 100);
    }
}
