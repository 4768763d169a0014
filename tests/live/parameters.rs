//! Whatever stands in a parameter: a number that is none, a path that is written in another way.

use std::time::{Duration, Instant};

use harness::console::encode;
use harness::scene::{Scene, Shared};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use zooscope_protocol::{RefusalCode, ZnodePath};

static SCENE: Shared = Shared::new();

/// The parameters that are numbers, with an address that takes each and the greatest that it takes.
const NUMBERS: [(&str, &str, u64); 12] = [
    ("/clusters/test/locks?", "limit", 10_000),
    ("/clusters/test/queues?", "limit", 10_000),
    ("/clusters/test/queues/items?path=/&", "limit", 10_000),
    ("/clusters/test/children?path=/&", "limit", 10_000),
    ("/clusters/test/sessions?", "limit", 10_000),
    ("/clusters/test/findings?", "limit", 10_000),
    ("/clusters/test/events?", "limit", 10_000),
    ("/clusters/test/events?", "after", u64::MAX),
    ("/audit?", "limit", 10_000),
    ("/audit?", "after", u64::MAX),
    ("/clusters/test/bulk/x?", "after", u32::MAX as u64),
    ("/clusters/test/bulk/x?", "limit", 10_000),
];
/// Those that are one of a few words.
const WORDS: [(&str, &str); 5] = [
    ("/clusters/test/locks?", "sort"),
    ("/clusters/test/queues?", "sort"),
    ("/audit?", "each"),
    ("/audit?", "outcome"),
    ("/audit/export?", "format"),
];

/// What is no number from 0 to a greatest.
fn no_number(most: u64) -> impl Strategy<Value = String> {
    let beyond = (u128::from(most) + 1)..=u128::MAX;
    prop_oneof![
        Just("-1".to_owned()),
        Just("NaN".to_owned()),
        Just("1e3".to_owned()),
        Just("0x10".to_owned()),
        Just("9223372036854775808999".to_owned()),
        Just("1".repeat(50_000)),
        beyond.prop_map(|number| number.to_string()),
        (i64::MIN..0).prop_map(|number| number.to_string()),
        "[^0-9+&#%]{1,40}".prop_map(String::from),
        "[0-9]{1,4}[.,][0-9]{1,4}",
    ]
}

fn drawn<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).expect("a value").current()
}

#[tokio::test]
async fn a_number_that_is_none_and_a_word_that_is_unknown_are_refused_at_once() {
    let Some(Scene { console, .. }) = SCENE.get().await else { return };
    let mut runner = TestRunner::deterministic();
    let before = console.resident_kib();
    let mut took = Vec::new();
    let mut refused = async |address: String| {
        let start = Instant::now();
        let reply = console.get(&address).await;
        took.push(start.elapsed());
        let shown: String = address.chars().take(120).collect();
        // One that is too long for a header is refused before it is read.
        assert!(matches!(reply.status, 400 | 414 | 431), "{shown}: {} {}", reply.status, reply.text);
        assert!(reply.text.len() < 8 * 1024, "{shown}: not all of it is said back");
    };
    for (address, name, most) in NUMBERS {
        for _ in 0..24 {
            let value = drawn(&mut runner, &no_number(most));
            refused(format!("{address}{name}={}", encode(&value))).await;
        }
        if most < u64::MAX {
            refused(format!("{address}{name}={}", most + 1)).await;
        }
        refused(format!("{address}{name}=1&{name}=2")).await;
        refused(format!("{address}{name}=1&never={name}")).await;
    }
    for (address, name) in WORDS {
        for _ in 0..24 {
            let value = drawn(&mut runner, &"[^&#]{1,60}");
            refused(format!("{address}{name}={}", encode(&format!("no-{value}")))).await;
        }
    }
    took.sort();
    assert!(took[took.len() / 2] < Duration::from_millis(250), "{:?}", took[took.len() / 2]);
    if let (Some(before), Some(after)) = (before, console.resident_kib()) {
        assert!(after < before + 32 * 1024, "{before} KiB before, {after} KiB after");
    }
    assert!(!console.log().contains("panicked"), "{}", console.log());
}

/// Forty ways to write a path that is not its own, each of which could be read as `/hidden/lock` by somebody.
const OTHERWISE: [&str; 40] = [
    "hidden/lock",
    "//hidden/lock",
    "/hidden//lock",
    "/hidden/lock/",
    "/hidden/lock//",
    "/./hidden/lock",
    "/hidden/./lock",
    "/hidden/lock/.",
    "/../hidden/lock",
    "/x/../hidden/lock",
    "/hidden/x/../lock",
    "/hidden/lock/..",
    "/%2e/hidden/lock",
    "/%2e%2e/hidden/lock",
    "/hidden%2flock",
    "/hidden%2Flock",
    "%2fhidden%2flock",
    "/hidden%252flock",
    "/hidden%5clock",
    "\\hidden\\lock",
    "/hidden\\lock",
    "/hidden;/lock",
    "/hidden/lock;x=1",
    "/hidden..;/lock",
    "/..;/hidden/lock",
    "/hidden/lock%00",
    "/hidden%00/lock",
    "/hidden/lock%0a",
    "/hidden/lock%0d%0a",
    "/hidden/lock%7f",
    "/hidden/lock%c0%af",
    "/%c0%aehidden/lock",
    "/hidden%c1%9clock",
    "/hidden%e0%80%aflock",
    "/HIDDEN/lock",
    "/hidden/lock ",
    " /hidden/lock",
    "/hidden/lock?",
    "/hidden/lock#",
    "/hidden/lock%c2%a0",
];

#[tokio::test]
async fn a_path_has_one_way_to_be_written() {
    const RULES: &str = "[[policy]]\npath = '/hidden/**'\ndeny = { viewer = ['view'] }\n";
    let Some(scene) = crate::auth::staffed(RULES).await else { return };
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    for path in ["/hidden/lock", "/hidde\u{301}n/lock", "/hidd\u{e9}n/lock"] {
        harness::zookeeper::put(&client, path, b"canary").await;
    }
    let (vic, bob) = (
        harness::Person::sign_in(&scene.console, "vic").await,
        harness::Person::sign_in(&scene.console, "bob").await,
    );
    let node = |text: &str| format!("/clusters/test/node?path={text}");
    harness::eventually("it is mirrored", crate::agreement::LIMIT, async || {
        match bob.get(&node("/hidden/lock")).await.status {
            200 => Ok(()),
            status => Err(status),
        }
    })
    .await;
    assert_eq!(vic.get(&node("/hidden/lock")).await.status, 404);
    for other in OTHERWISE {
        // As it is, as a query decodes it once; and once more encoded, as a proxy that decodes would undo it.
        for text in [encode_once(other), encode(other)] {
            for address in [
                node(&text),
                format!("/clusters/test/children?path={text}"),
                format!("/clusters/test/locks/at?path={text}"),
                format!("/clusters/test/events?path={text}"),
                format!("/clusters/test/may?path={text}"),
            ] {
                let told = vic.get(&address).await;
                assert!(
                    !told.text.contains("canary") && !told.text.contains("Y2FuYXJ5"),
                    "{address}: {}",
                    told.text
                );
                assert!(told.status != 500, "{address}: {}", told.text);
                if address.contains("/node?") && told.status == 200 {
                    panic!("{address} is a znode: {}", told.text);
                }
            }
            let action = serde_json::json!({"type": "release", "path": other, "czxid": "1", "version": 0});
            let reply = vic.post("/clusters/test/plans", &action).await;
            let code = reply.problem().code;
            assert!(matches!(code, RefusalCode::BadBody | RefusalCode::Forbidden), "{other}: {code:?}");
        }
    }
    // The two ways to write an accent are two znodes, as they are for ZooKeeper, and neither is the hidden one.
    for open in ["/hidde\u{301}n/lock", "/hidd\u{e9}n/lock"] {
        assert_eq!(vic.get(&node(&encode(open))).await.status, 200, "{open}");
    }
}

/// A query value as a browser would send what is written here: what is encoded already stays as it is.
fn encode_once(text: &str) -> String {
    encode(text).replace("%25", "%")
}

proptest! {
    #[test]
    fn what_is_read_once_is_read_the_same_again(text in "(/|\\PC|[./%;\\\\]){0,40}") {
        if let Ok(path) = ZnodePath::parse(&text) {
            prop_assert_eq!(path.as_str(), text.as_str());
            prop_assert_eq!(ZnodePath::parse(path.as_str()), Ok(path.clone()));
            let rebuilt = path.segments().try_fold(ZnodePath::root(), |path, name| path.child(name));
            prop_assert_eq!(rebuilt, Ok(path));
        }
    }
}
