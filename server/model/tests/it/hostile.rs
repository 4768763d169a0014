//! What somebody writes into a pattern, a name or data to make the console slow or large: it is refused, or costs what it must.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zooscope_model::{Declared, Record, Revision, Tree, project};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder};
use zooscope_protocol::{Content, Declaration, Stat, Status, Timestamp, View, ZnodePath, Zxid};

use crate::declared::{declaration, declarations};
use crate::recorded::info;

fn refused(change: impl Fn(&mut Declaration)) -> bool {
    let mut one = declaration("d", "/d", DeclaredKind::Mutex, r"n-(?<sequence>\d+)");
    change(&mut one);
    let start = Instant::now();
    let refused = Declared::new(one).is_err();
    assert!(start.elapsed() < Duration::from_secs(2), "it is refused or taken soon");
    refused
}

#[test]
fn a_pattern_is_short_and_what_is_made_of_it_is_small() {
    assert!(!refused(|_| {}));
    assert!(refused(|one| one.members = format!("{}-(?<sequence>\\d+)", "a".repeat(64 * 1024))), "64 KiB");
    assert!(refused(|one| one.readers = Some("a".repeat(64 * 1024))), "64 KiB");
    // Short, and large when it is compiled.
    for large in [
        r"((\w{50}){50}){50}(?<sequence>\d+)",
        r"\w{1000}{1000}(?<sequence>\d+)",
        r"(?:\pL{500}){500}(?<sequence>\d+)",
    ] {
        assert!(refused(|one| one.members = large.to_owned()), "{large}");
    }
    // What linear engines do not have.
    for other in [
        r"(a)\1(?<sequence>\d+)",
        r"(?=a)(?<sequence>\d+)",
        r"(?<!b)(?<sequence>\d+)",
        r"(?>a*)(?<sequence>\d+)",
    ] {
        assert!(refused(|one| one.members = other.to_owned()), "{other}");
    }
    assert!(refused(|one| one.path = format!("/{}", "**/".repeat(30_000))), "a path of many stars");
}

/// One member with this name and this data in `/d`.
fn one(name: &str, data: &[u8]) -> Tree {
    let mut tree = Tree::default();
    for (number, (at, owner, data)) in
        [("/d", 0, &b""[..]), (&format!("/d/{name}"), 7, data)].into_iter().enumerate()
    {
        let stat = Stat {
            czxid: Zxid(i64::try_from(number).unwrap() + 1),
            ephemeral_owner: owner,
            data_length: i32::try_from(data.len()).unwrap(),
            ..Stat::default()
        };
        let path = ZnodePath::parse(at).unwrap();
        tree.put(&path, Record { stat, data: Arc::from(data), readable: true });
    }
    tree
}

fn shown(tree: Tree, one: &Declaration) -> Content {
    let at = Timestamp(1_000_000);
    let first =
        Revision::first(info(Status::Scanning), at).with_declarations(declarations([one.clone()]), at);
    let revision = first.next(tree, info(Status::Live), at);
    project(&revision, &View::Locks { query: String::new(), sort: LockSort::Path, limit: 10 });
    project(&revision, &View::Lock { path: ZnodePath::parse("/d").unwrap() })
}

#[test]
fn names_that_make_other_engines_search_for_ever_are_looked_at_in_no_time() {
    let name = format!("{}!", "a".repeat(30_000));
    for pattern in [
        r"(a+)+(?<sequence>\d+)",
        r"(a|a)*(?<sequence>\d+)",
        r"(a|aa)+(?<sequence>\d+)",
        r"(.*a){20}(?<sequence>\d+)",
        r"([a-z]+)*(?<sequence>\d+)",
        r"^(([a-z])+.)+(?<sequence>\d+)",
    ] {
        let one_ = declaration("d", "/d", DeclaredKind::Mutex, pattern);
        let start = Instant::now();
        shown(one(&name, b""), &one_);
        assert!(start.elapsed() < Duration::from_secs(2), "{pattern}: {:?}", start.elapsed());
    }
}

#[test]
fn data_that_is_deep_or_long_or_packed_is_data_and_no_bomb() {
    let deep = |open: &str, count: usize| open.repeat(count).into_bytes();
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 4_096]].concat();
    let zstd = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &[0xff; 4_096]].concat();
    let java = [&[0xac, 0xed, 0, 5][..], b"sr\x00\x11java.util.HashMap"].concat();
    let pickle = b"\x80\x04c__builtin__\neval\n".to_vec();
    let datas = [
        deep("[", 1_000_000),
        deep("{\"a\":", 200_000),
        deep("[[[", 300_000),
        format!("{{\"owner\":\"{}\"}}", "x".repeat(1_000_000)).into_bytes(),
        format!("{{\"owner\":{}}}", "9".repeat(1_000_000)).into_bytes(),
        gzip,
        zstd,
        java,
        pickle,
    ];
    for identity in [
        IdentityDecoder::Json("/owner".to_owned()),
        IdentityDecoder::Utf8,
        IdentityDecoder::Hex,
        IdentityDecoder::None,
    ] {
        let mut declared = declaration("d", "/d", DeclaredKind::Mutex, r"n-(?<sequence>\d+)");
        declared.identity = identity;
        for data in &datas {
            let start = Instant::now();
            let content = shown(one("n-1", data), &declared);
            let told = serde_json::to_string(&content).unwrap();
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
            // Nothing that was small comes out large.
            assert!(
                told.len() < 64 * 1024 + 4 * data.len().min(16 * 1024),
                "{} of {}",
                told.len(),
                data.len()
            );
        }
    }
}

#[test]
fn a_hundred_thousand_times_costs_a_hundred_thousand_times() {
    let mut declared = declaration("d", "/d", DeclaredKind::Mutex, r"n-(?<sequence>\d+)");
    declared.identity = IdentityDecoder::Json("/owner".to_owned());
    let mut tree = one("n-1", b"");
    let data: Arc<[u8]> = Arc::from("[".repeat(4_000).as_bytes());
    for number in 0..100_000 {
        let stat =
            Stat { czxid: Zxid(number + 10), ephemeral_owner: 7, data_length: 4_000, ..Stat::default() };
        let path = ZnodePath::parse(&format!("/d/n-{}", number + 2)).unwrap();
        tree.put(&path, Record { stat, data: data.clone(), readable: true });
    }
    let start = Instant::now();
    shown(tree, &declared);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}
