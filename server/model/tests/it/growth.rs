//! Laws of a tree that grows as it is read: it is the tree, and it shares with the one before what is the same.

use proptest::prelude::*;
use zooscope_model::{Growth, Open, Slot, Tree, diff};
use zooscope_protocol::ZnodePath;

use crate::laws::{apply, change};

/// What is to be read next.
enum Wanted {
    Znode(Slot),
    Children(Open, ZnodePath),
}

/// Reads a tree in an order that the seed chooses, as a scan would.
fn read(before: &Tree, tree: &Tree, mut seed: u64) -> Tree {
    let mut growth = Growth::new(before);
    let mut wanted = vec![Wanted::Znode(growth.root())];
    while !wanted.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(seed >> 33).unwrap() % wanted.len();
        match wanted.swap_remove(at) {
            Wanted::Znode(slot) => {
                let path = growth.path(slot).unwrap();
                match tree.get(&path) {
                    Some(znode) if znode.child_count() == 0 => growth.leaf(slot, znode.record().clone()),
                    Some(znode) => {
                        let open = growth.open(slot, path.clone(), znode.record().clone());
                        wanted.push(Wanted::Children(open, path));
                    }
                    None => growth.nothing(slot),
                }
            }
            Wanted::Children(open, path) => {
                let znode = tree.get(&path).unwrap();
                // One that goes away before it is read, and one that was listed twice.
                let mut names: Vec<String> = znode.children().map(|(name, _)| name.to_owned()).collect();
                names.reverse();
                names.extend(["gone meanwhile".to_owned(), names[0].clone(), "no/name".to_owned()]);
                wanted.extend(growth.list(open, names).map(Wanted::Znode));
            }
        }
    }
    assert_eq!(growth.count(), tree.len());
    growth.finish()
}

/// The same tree with nothing shared.
fn again(tree: &Tree) -> Tree {
    let mut copy = Tree::default();
    for (path, znode) in tree.walk() {
        copy.put(&path, znode.record().clone());
    }
    copy
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_the_tree_and_differs_from_the_one_before_where_it_differs(changes in proptest::collection::vec(change(), 0..40), later in proptest::collection::vec(change(), 0..12), seed in any::<u64>()) {
        let mut before = Tree::default();
        changes.iter().for_each(|change| apply(&mut before, change));
        let mut after = before.clone();
        later.iter().for_each(|change| apply(&mut after, change));

        let grown = read(&before, &again(&after), seed);
        prop_assert_eq!(diff(&before, &grown), diff(&before, &after));
        prop_assert_eq!(diff(&grown, &after), vec![]);
        prop_assert_eq!(grown.len(), grown.walk().count() as u64);
        for (path, znode) in grown.walk() {
            prop_assert_eq!(znode.descendants(), after.get(&path).unwrap().descendants(), "{}", path);
        }
        prop_assert!(read(&after, &again(&after), seed).is_same(&after), "what is the same is shared, whole");

        let packed = after.repacked();
        prop_assert_eq!(diff(&packed, &after), vec![]);
        prop_assert_eq!(packed.len(), after.len());
        prop_assert!(after.walk().all(|(path, znode)| packed.get(&path).is_some_and(|own| !std::ptr::eq(own, znode))));
    }
}

#[test]
fn of_a_large_directory_with_few_changes_almost_all_is_shared() {
    let path = |n: usize| ZnodePath::parse(&format!("/d/n{n:05}")).unwrap();
    let mut before = Tree::default();
    before.put(&path(0).parent().unwrap(), zooscope_model::Record::default());
    for n in 0..5_000 {
        before.put(&path(n), zooscope_model::Record::default());
    }
    let mut after = again(&before);
    after.remove(&path(17));
    after.put(&path(5_000), zooscope_model::Record::default());
    let grown = read(&before, &after, 7);
    let shared = (0..5_000).filter(|n| {
        let (was, is) = (before.get(&path(*n)), grown.get(&path(*n)));
        was.zip(is).is_some_and(|(was, is)| std::ptr::eq(was, is))
    });
    assert_eq!(shared.count(), 4_999);
    assert_eq!(diff(&grown, &after), vec![]);
}
