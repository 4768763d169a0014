//! Ways through a picture: who is behind somebody, and who stands beside.

use std::collections::BTreeSet;

use super::{Key, Layout, Picture, Spot};

/// Where a key of the keyboard leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To who blocks.
    Left,
    /// To who waits.
    Right,
    /// To the row above.
    Up,
    /// To the row below.
    Down,
}

/// Everything that waits for `key`, directly or through others, all the way down, and itself.
pub fn behind(picture: &Picture, key: &Key) -> BTreeSet<Key> {
    let next = picture.next();
    let mut found = BTreeSet::from([key.clone()]);
    let mut open = vec![key];
    while let Some(at) = open.pop() {
        for line in next.get(at).into_iter().flatten() {
            if found.insert(line.to.clone()) {
                open.push(&line.to);
            }
        }
    }
    found
}

/// What is nearest to `key` in a direction; `None` where there is nothing.
pub fn neighbour(layout: &Layout, key: &Key, direction: Direction) -> Option<Key> {
    let here = *layout.spots.get(key)?;
    let far = |spot: &Spot| {
        let (column, row) = (spot.column.abs_diff(here.column), spot.row.abs_diff(here.row));
        match direction {
            Direction::Left if spot.column < here.column => Some((column, row)),
            Direction::Right if spot.column > here.column => Some((column, row)),
            Direction::Up if spot.row < here.row => Some((row, column)),
            Direction::Down if spot.row > here.row => Some((row, column)),
            _ => None,
        }
    };
    let reached = layout.spots.iter().filter_map(|(key, spot)| Some((far(spot)?, *spot, key)));
    reached.min().map(|(_, _, key)| key.clone())
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::SessionId;

    use super::super::{fold, graph, lay_out};
    use super::*;

    fn one(session: i64) -> Key {
        Key::One(SessionId(session))
    }

    #[test]
    fn everyone_behind_is_found_and_a_circle_ends() {
        let graph = graph(&[(2, 1, "a"), (3, 2, "b"), (1, 3, "c"), (4, 3, "b"), (9, 8, "d")]);
        let picture = fold(&graph, &BTreeSet::new(), &BTreeSet::new());
        let sessions = |key| behind(&picture, &one(key)).into_iter().filter_map(|key| key.session()).count();
        assert_eq!(sessions(1), 4);
        assert_eq!(sessions(4), 1);
        assert_eq!(sessions(8), 2);
    }

    #[test]
    fn arrows_lead_to_what_is_nearest() {
        let graph = graph(&[(2, 1, "a"), (3, 1, "a"), (4, 3, "b")]);
        let layout = lay_out(&fold(&graph, &BTreeSet::new(), &BTreeSet::new()), None);
        assert_eq!(neighbour(&layout, &one(1), Direction::Right), Some(one(2)));
        assert_eq!(neighbour(&layout, &one(2), Direction::Down), Some(one(3)));
        assert_eq!(neighbour(&layout, &one(4), Direction::Left), Some(one(3)));
        assert_eq!(neighbour(&layout, &one(1), Direction::Up), None);
    }
}
