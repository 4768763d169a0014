//! The order of the rows of a list on the screen. It follows the order that came, but in its own time: not while somebody points at
//! the list, where much changes once a second, and then a few rows in each frame, for a row that enters the screen is dear to draw.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

/// How long an order stays after rows were put in order, in milliseconds.
pub const STAYS_MS: i64 = 1_000;

/// How many rows another order brings onto the screen in one frame.
pub const FEW: usize = 4;

/// What a list is to show, and how.
#[derive(Clone, Debug)]
pub struct Wanted<'a, K, S> {
    /// The keys of the rows as they came.
    pub keys: &'a [K],
    /// What they are the rows of. Those of something else are shown as they come.
    pub source: S,
    /// Whether somebody points at the list or moves in it.
    pub held: bool,
    /// The places that are on the screen.
    pub drawn: Range<usize>,
    /// The time, in milliseconds.
    pub now: i64,
    /// The number of the look at it: each that was asked for has another.
    pub look: u32,
}

/// The keys of a list in the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order<K, S> {
    /// The keys.
    pub keys: Vec<K>,
    /// In how many milliseconds to look again; 0: with the next frame.
    pub look_again: Option<i64>,
    source: S,
    /// The order that the rows are on their way to.
    aim: Option<Vec<K>>,
    /// When rows last changed their places, and with which look.
    moved: (i64, u32),
}

impl<K: Clone + Eq + Hash, S: PartialEq> Order<K, S> {
    /// What is shown after `before`.
    pub fn next(before: Option<&Self>, wanted: Wanted<'_, K, S>) -> Self {
        let before = before.filter(|before| before.source == wanted.source);
        let Wanted { keys: came, source, held, drawn, now, look } = wanted;
        let fixed = |keys, moved| Self { keys, look_again: None, source, aim: None, moved };
        let Some(before) = before else {
            return fixed(came.to_vec(), (0, look));
        };
        let keys = hold_order(&before.keys, came);
        if held || keys == came {
            return fixed(keys, before.moved);
        }
        let aim = before.aim.as_ref().map(|aim| hold_order(aim, came));
        let (at, with) = before.moved;
        let wait = match aim {
            // What comes between two looks brings no rows into the frame.
            Some(_) => (look == with).then_some(0),
            // A clock that was set back holds nothing up.
            None => (0..STAYS_MS).contains(&(now - at)).then(|| at + STAYS_MS - now),
        };
        if wait.is_some() {
            return Self { look_again: wait, aim, ..fixed(keys, before.moved) };
        }
        let aim = aim.unwrap_or_else(|| came.to_vec());
        let keys = nearer(&keys, &aim, drawn);
        if keys == aim {
            // What came meanwhile is for later.
            let look_again = (keys != came).then_some(STAYS_MS);
            return Self { look_again, ..fixed(keys, (now, look)) };
        }
        Self { look_again: Some(0), aim: Some(aim), ..fixed(keys, (now, look)) }
    }
}

/// The order that a list keeps: the rows of `held` that still exist stay where they are, new ones are put at the end in their new
/// order.
pub fn hold_order<K: Clone + Eq + Hash>(held: &[K], fresh: &[K]) -> Vec<K> {
    if held == fresh {
        return fresh.to_vec();
    }
    let alive: HashSet<&K> = fresh.iter().collect();
    let known: HashSet<&K> = held.iter().collect();
    let stay = held.iter().filter(|key| alive.contains(key));
    let come = fresh.iter().filter(|key| !known.contains(key));
    stay.chain(come).cloned().collect()
}

/// The order `aim`, but that no more than [`FEW`] rows enter the screen: of the others each changes places with one that should
/// leave it. `shown` has the same keys.
fn nearer<K: Clone + Eq + Hash>(shown: &[K], aim: &[K], drawn: Range<usize>) -> Vec<K> {
    let most = shown.len().min(aim.len());
    let drawn = drawn.start.min(most)..drawn.end.min(most);
    let now: HashSet<&K> = shown[drawn.clone()].iter().collect();
    let then: HashSet<&K> = aim[drawn.clone()].iter().collect();
    let enter = drawn.clone().filter(|at| !now.contains(&aim[*at]));
    let leave: HashMap<&K, usize> = aim
        .iter()
        .enumerate()
        .filter(|(_, key)| now.contains(key) && !then.contains(key))
        .map(|(at, key)| (key, at))
        .collect();
    let stay = shown[drawn].iter().filter_map(|key| leave.get(key));
    let mut next = aim.to_vec();
    for (enters, stays) in enter.skip(FEW).zip(stay) {
        next.swap(enters, *stays);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shown = Order<u32, u8>;

    fn wanted(keys: &[u32], now: i64) -> Wanted<'_, u32, u8> {
        Wanted { keys, source: 0, held: false, drawn: 0..10, now, look: 0 }
    }

    fn turned(keys: &[u32]) -> Vec<u32> {
        keys.iter().rev().copied().collect()
    }

    #[test]
    fn what_comes_from_elsewhere_is_shown_as_it_comes() {
        let first = Shown::next(None, wanted(&[2, 1], 5_000));
        assert_eq!((first.keys.as_slice(), first.look_again), (&[2, 1][..], None));
        let other = Shown::next(Some(&first), Wanted { source: 1, held: true, ..wanted(&[1, 2], 5_000) });
        assert_eq!(other.keys, [1, 2]);
    }

    #[test]
    fn a_list_that_was_still_is_put_in_order_at_once_and_then_not_for_a_while() {
        let first = Shown::next(None, wanted(&[1, 2, 3], 5_000));
        let second = Shown::next(Some(&first), wanted(&[3, 1, 2], 6_000));
        assert_eq!((second.keys.as_slice(), second.look_again), (&[3, 1, 2][..], None));
        let third = Shown::next(Some(&second), wanted(&[4, 1, 2, 3], 6_400));
        assert_eq!((third.keys.as_slice(), third.look_again), (&[3, 1, 2, 4][..], Some(600)));
        let fourth = Shown::next(Some(&third), wanted(&[4, 1, 2, 3], 7_000));
        assert_eq!((fourth.keys.as_slice(), fourth.look_again), (&[4, 1, 2, 3][..], None));
    }

    #[test]
    fn a_held_list_keeps_its_order() {
        let first = Shown::next(None, wanted(&[1, 2, 3], 5_000));
        let held = Shown::next(Some(&first), Wanted { held: true, ..wanted(&[3, 2, 4, 1], 9_000) });
        assert_eq!((held.keys.as_slice(), held.look_again), (&[1, 2, 3, 4][..], None));
        assert_eq!(Shown::next(Some(&held), wanted(&[3, 2, 4, 1], 9_001)).keys, [3, 2, 4, 1]);
        assert_eq!(hold_order(&["a", "b"], &["b"]), ["b"]);
        assert_eq!(hold_order::<&str>(&[], &["b", "a"]), ["b", "a"]);
    }

    #[test]
    fn rows_enter_the_screen_a_few_at_a_time_until_all_are_in_order() {
        let came: Vec<u32> = (0..50).collect();
        let aim = turned(&came);
        let mut order = Shown::next(None, wanted(&came, 0));
        for turns in 1..10 {
            let before: HashSet<u32> = order.keys[..10].iter().copied().collect();
            order = Shown::next(Some(&order), Wanted { look: turns, ..wanted(&aim, 5_000) });
            // Whatever comes before the next look brings no more rows.
            let again = Shown::next(Some(&order), Wanted { look: turns, ..wanted(&aim, 5_050) });
            assert_eq!((&again.keys, again.look_again), (&order.keys, order.look_again.map(|_| 0)));
            let entered = order.keys[..10].iter().filter(|key| !before.contains(key)).count();
            assert!(entered <= FEW, "{entered} rows entered at once");
            let mut sorted = order.keys.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, came, "no row is lost, and none twice");
            if order.look_again.is_none() {
                assert_eq!((order.keys.as_slice(), turns), (aim.as_slice(), 3));
                return;
            }
            assert_eq!(order.look_again, Some(0));
        }
        panic!("it does not end: {:?}", order.keys);
    }

    #[test]
    fn rows_that_go_and_come_on_the_way_do_not_turn_it_back() {
        let came: Vec<u32> = (0..50).collect();
        let first = Shown::next(None, wanted(&came, 0));
        let mut order = Shown::next(Some(&first), wanted(&turned(&came), 5_000));
        let later: Vec<u32> = (0..40).chain(60..70).collect();
        let mut look = 0;
        while order.look_again == Some(0) {
            look += 1;
            order = Shown::next(Some(&order), Wanted { look, ..wanted(&later, 5_050) });
        }
        let aim: Vec<u32> = (0..40).rev().chain(60..70).collect();
        assert_eq!((order.keys.as_slice(), order.look_again), (aim.as_slice(), Some(STAYS_MS)));
        assert_eq!(Shown::next(Some(&order), wanted(&later, 6_050)).look_again, Some(0));
    }
}
