//! Children of a lock's directory that are no contenders of its library: who really holds, and what may be done.

use zooscope_model::{plan, project};
use zooscope_protocol::{Action, Confidence, Finding, Plan, Refusal, Severity};

use crate::built::at;
use crate::drawn::{Drawn, target};

fn foreign(drawn: &Drawn) -> Finding {
    project::findings(&drawn.0, Some("foreign_child"), 9).rows.remove(0)
}

/// The plan to release the first holder.
fn release(drawn: &Drawn, lock: &str) -> Result<Plan, Refusal> {
    let lock = project::lock(&drawn.0, &at(lock), 9).unwrap();
    plan(&drawn.0, "demo", &Action::Release(target(&lock.holders[0])))
}

#[test]
fn contenders_of_several_libraries_that_go_by_the_number_stand_in_one_line() {
    let mixed = Drawn::tree(
        "/l/_c_{A}-lock-0000000000 @1
         /l/_c_{a}-lock-0000000001 @2
         /l/mine-lock-0000000002 @4
         /l/_c_{b}-lock-0000000003 @3",
    );
    let stands = "_c_{A}-lock-0000000000 | _c_{a}-lock-0000000001>_c_{A}-lock-0000000000 \
                  mine-lock-0000000002>_c_{a}-lock-0000000001 _c_{b}-lock-0000000003>mine-lock-0000000002";
    let names = "curator.InterProcessMutex or go-zookeeper.Lock or zookeeper-client.Lock";
    // It is likely, so nothing is released in it.
    mixed.is_lock("/l", names, Confidence::Likely, stands);
    let two = Drawn::tree("/l/_c_{A}-lock-0000000001 @1\n/l/lock-0000000000 @2");
    two.is_lock("/l", names, Confidence::Likely, "lock-0000000000 | _c_{A}-lock-0000000001>lock-0000000000");
}

#[test]
fn a_curator_lock_is_not_released_while_another_child_sorts_first() {
    for (first, severity) in [
        ("-note", Severity::Critical),
        ("0-note", Severity::Critical),
        // The order is by what follows `lock-`, wherever the name itself stands.
        ("zz-lock-", Severity::Critical),
        ("note-lock-00", Severity::Critical),
        ("zzz", Severity::Info),
        ("lock-config", Severity::Info),
    ] {
        let tree = Drawn::tree(&format!(
            "/l/{first}\n/l/_c_{{a}}-lock-0000000001 @2\n/l/_c_{{b}}-lock-0000000002 @3"
        ));
        assert_eq!(foreign(&tree).severity, severity, "{first}");
        let planned = release(&tree, "/l");
        assert_eq!(planned.is_ok(), severity == Severity::Info, "{first}");
        if let Err(refusal) = planned {
            assert!(
                refusal.detail.starts_with(&format!("`{first}` is in this lock's directory")),
                "{}",
                refusal.detail
            );
        }
    }
}

#[test]
fn a_lock_whose_line_another_library_s_contender_heads_is_not_released() {
    let kazoo = |number: u32| {
        Drawn::tree(&format!("/l/{{A}}__lock__0000000001 @1\n/l/_c_{{B}}-lock-{number:010} @2"))
    };
    assert!(release(&kazoo(2), "/l").is_ok());
    assert!(release(&kazoo(0), "/l").is_err());
    let go = Drawn::tree("/l/_c_{A}-lock-0000000000 @1\n/l/_c_{B}-lock-0000000001 @2\n/l/note");
    assert!(release(&go, "/l").unwrap_err().detail.contains("`note`"), "no Lock() returns while it is there");
}

#[test]
fn what_each_library_makes_of_a_foreign_child_is_told_only_where_it_is_known() {
    let told = |tree: &str| {
        let finding = foreign(&Drawn::tree(tree));
        (finding.severity, finding.sentence)
    };
    let native = "/l/x-0000000000000001-0000000005 @1\n/l/";
    let (severity, sentence) = told(&format!("{native}config"));
    assert!(severity == Severity::Info && sentence.contains("zoo_lock sorts every child"), "{sentence}");
    for first in ["a-0000000001", "a-!", "zz-00"] {
        let (severity, sentence) = told(&format!("{native}{first}"));
        assert!(
            severity == Severity::Critical && sentence.contains("zoo_lock takes the first child"),
            "{sentence}"
        );
    }
    let java = "/l/x-1-0000000005 @1 = \u{12}4\n/l/";
    let (severity, sentence) = told(&format!("{java}config"));
    assert!(
        severity == Severity::Info && sentence.contains("WriteLock sorts every child by the number"),
        "{sentence}"
    );
    let (severity, _) = told(&format!("{java}zz-3"));
    assert_eq!(severity, Severity::Critical);
    let (_, sentence) = told("/l/{A}__lock__0000000000 @1\n/l/config");
    assert!(sentence.ends_with("kazoo passes over such children."), "{sentence}");
    let (severity, sentence) = told("/l/lock-{A}-0000000000 @1\n/l/config");
    assert!(
        severity == Severity::Info && sentence.ends_with("What this library does with it is not known."),
        "{sentence}"
    );
}
