use std::path::Path;

use zooscope_protocol::api::AuditIdentity;
use zooscope_protocol::{AclEntry, Stat, Zxid};

use super::*;

fn told(masks: &[&str]) -> Told {
    let masks = masks.iter().map(|mask| zooscope_model::Pattern::parse(mask).unwrap()).collect();
    Told { data_bytes: 8, masks, ..Told::default() }
}

fn open(folder: &Path) -> Audit {
    Audit::open(folder, &told(&["/secret/**"])).unwrap()
}

fn plan(path: &str) -> Plan {
    let json = serde_json::json!({
        "digest": "d", "action": {"type": "release", "path": path, "czxid": "7", "version": 0, "session": "0x1"},
        "subject": ZnodePath::parse(path).unwrap().parent().unwrap(), "steps": [], "guards": [], "warnings": [],
        "effects": [{"code": "next_holder", "sentence": "a long name acquires"}], "confirm": {"what": "w", "expected": "e"},
        "identities": [{"path": path, "czxid": "7", "version": 0, "session": "0x1", "created": "2026-01-01T00:00:00Z", "identity": "a long name"}]
    });
    serde_json::from_value(json).unwrap()
}

fn line(id: &str, path: &str) -> Line {
    Line {
        audit_id: id.to_owned(),
        cluster: "c".to_owned(),
        by: By::stranger("ann", "10.0.0.1".parse().unwrap()),
        kind: "release".to_owned(),
        path: Some(ZnodePath::parse(path).unwrap()),
        identity: Some(AuditIdentity { czxid: Zxid(7), version: 0, session: None }),
        reason: "it is\r\n=stuck".to_owned(),
        ticket: Some("OPS-1".to_owned()),
        approved_by: None,
    }
}

fn refused(detail: &str) -> Verdict {
    Verdict::Refused(zooscope_protocol::Refusal::new(zooscope_protocol::RefusalCode::Changed, detail))
}

fn image(path: &str) -> Image {
    let acl = vec![AclEntry { scheme: "digest".into(), id: "bob:aGFzaA==".into(), permissions: 31 }];
    Image { path: ZnodePath::parse(path).unwrap(), data: b"0123456789".to_vec(), acl, stat: Stat::default() }
}

async fn told_of(audit: &Audit, filter: Filter) -> Vec<u64> {
    audit.page(filter, 100).await.unwrap().items.iter().map(|entry| entry.seq).collect()
}

#[tokio::test]
async fn what_is_open_is_told_after_a_restart_until_it_is_decided() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    audit.intent(&line("a", "/l/x"), &plan("/l/x")).await.unwrap();
    audit.intent(&line("b", "/l/y"), &plan("/l/y")).await.unwrap();
    audit.outcome(&line("b", "/l/y"), &refused("gone")).await.unwrap();
    audit.intent(&line("c", "/l/z"), &plan("/l/z")).await.unwrap();
    audit.outcome(&line("c", "/l/z"), &Verdict::Unknown).await.unwrap();
    drop(audit);
    let audit = open(folder.path());
    let open: Vec<_> =
        audit.open_intents().await.unwrap().into_iter().map(|open| open.line.audit_id).collect();
    assert_eq!(open, ["a", "c"]);
    // What its transaction bears no marker of is not decided by one.
    audit.unmarked("c").await.unwrap();
    let marked = async || {
        let open = audit.open_intents().await.unwrap();
        open.into_iter().map(|open| open.marked).collect::<Vec<_>>()
    };
    assert_eq!(marked().await, [true, false]);
    audit.outcome(&line("a", "/l/x"), &refused("gone")).await.unwrap();
    assert_eq!(audit.open_intents().await.unwrap().len(), 1);

    let note = Note::new(By::stranger("ann", "10.0.0.1".parse().unwrap()), "recipe", "keep it".to_owned());
    audit.note_intent(&note).await.unwrap();
    for _ in 0..2 {
        audit.close_notes().await.unwrap();
        let lines = audit.action(&note.audit_id).await.unwrap().unwrap().lines;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1].outcome.as_deref(), Some("unknown"));
    }
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    audit.intent(&line("a", "/l/x"), &plan("/l/x")).await.unwrap();
    audit.outcome(&line("a", "/l/x"), &refused("100% gone")).await.unwrap();
    audit.intent(&line("b", "/l"), &plan("/l/y")).await.unwrap();
    let note = Note::new(By::stranger("bob_", "::1".parse().unwrap()), "login", "no such user".to_owned());
    audit.denied(&note, None, None).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let newest = Timestamp(clock::now().0 + 1);
    for (filter, seqs) in [
        (Filter::default(), vec![4, 3, 2, 1]),
        (Filter { after: Some(3), ..Filter::default() }, vec![2, 1]),
        (Filter { newest: true, ..Filter::default() }, vec![4, 3, 2]),
        (Filter { who: text("ANN"), ..Filter::default() }, vec![3, 2, 1]),
        (Filter { who: text("10.0.0"), ..Filter::default() }, vec![3, 2, 1]),
        (Filter { who: text("bob_"), ..Filter::default() }, vec![4]),
        (Filter { who: text("bo_"), ..Filter::default() }, vec![]),
        (Filter { kinds: vec!["login".into(), "other".into()], ..Filter::default() }, vec![4]),
        (Filter { cluster: text("c"), ..Filter::default() }, vec![3, 2, 1]),
        (Filter { path: ZnodePath::parse("/l").ok(), ..Filter::default() }, vec![3, 2, 1]),
        (Filter { path: ZnodePath::parse("/l/x").ok(), ..Filter::default() }, vec![2, 1]),
        (Filter { path: ZnodePath::parse("/").ok(), ..Filter::default() }, vec![4, 3, 2, 1]),
        (Filter { path: ZnodePath::parse("/l/").ok(), ..Filter::default() }, vec![4, 3, 2, 1]),
        (Filter { outcome: text("refused"), ..Filter::default() }, vec![2]),
        (Filter { outcome: text("denied"), ..Filter::default() }, vec![4]),
        (Filter { outcome: text("open"), ..Filter::default() }, vec![3]),
        (Filter { text: text("0% g"), ..Filter::default() }, vec![2]),
        (Filter { text: text("ops-1"), ..Filter::default() }, vec![3, 2, 1]),
        (Filter { from: Some(newest), ..Filter::default() }, vec![]),
        (Filter { to: Some(newest), text: text("stuck"), ..Filter::default() }, vec![3, 2, 1]),
    ] {
        assert_eq!(told_of(&audit, filter.clone()).await, seqs, "{filter:?}");
    }
    let page = audit.page(Filter::default(), 3).await.unwrap();
    assert_eq!((page.items.len(), page.next), (3, Some(2)));
    let rest = audit.page(Filter { after: page.next, ..Filter::default() }, 3).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

#[tokio::test]
async fn a_before_image_is_kept_whole_and_shown_cut_and_masked() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    assert!(matches!(audit.before_image("a", vec![image("/l/x")]).await, Err(AuditError::NoIntent(_))));
    audit.intent(&line("a", "/secret/l/x"), &plan("/secret/l/x")).await.unwrap();
    let mut large = image("/l/x");
    large.data = vec![0; Image::MAX_DATA + 1];
    assert!(matches!(audit.before_image("a", vec![large]).await, Err(AuditError::TooLarge(_))));
    let images = vec![image("/l/x"), image("/secret/l/x")];
    audit.before_image("a", images.clone()).await.unwrap();
    assert_eq!(audit.images("a").await.unwrap(), images, "whole");

    let action = audit.action("a").await.unwrap().unwrap();
    let [open, masked] = action.images.as_slice() else { panic!("{:?}", action.images) };
    assert_eq!((open.data.0.as_slice(), open.truncated, open.masked), (b"01234567".as_slice(), true, false));
    assert_eq!((masked.data.0.as_slice(), masked.truncated, masked.masked), (b"".as_slice(), true, true));
    assert_eq!(open.acl[0].id, "bob:…");
    let plan = action.lines[0].plan.as_ref().unwrap();
    assert!(!plan.to_string().contains("long name"), "{plan}");
    assert_eq!(plan["identities"][0]["path"], "/secret/l/x");
    assert_eq!(action.lines[1].phase, AuditPhase::Image);
    assert_eq!(verify(folder.path(), None, &[]).unwrap().entries, 2);

    audit.intent(&line("b", "/l/x"), &self::plan("/l/x")).await.unwrap();
    let plan = audit.action("b").await.unwrap().unwrap().lines[0].plan.clone().unwrap();
    assert_eq!(plan["identities"][0]["identity"], "a long n", "cut");
}

#[tokio::test]
async fn a_log_that_was_tampered_with_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    for id in ["a", "b", "c"] {
        audit.intent(&line(id, "/l/x"), &plan("/l/x")).await.unwrap();
        audit.before_image(id, vec![image("/l/x")]).await.unwrap();
    }
    drop(audit);
    let whole = verify(folder.path(), None, &[]).unwrap();
    assert_eq!((whole.entries, whole.seq), (6, 6));
    let known: Known = format!("6:{}", whole.hash).parse().unwrap();
    verify(folder.path(), None, std::slice::from_ref(&known)).unwrap();

    let unlocked =
        "DROP TRIGGER log_kept; DROP TRIGGER log_stays; DROP TRIGGER image_kept; DROP TRIGGER image_stays;";
    let tampered = |sql: &str, keep_head: bool, known: &[Known]| {
        let copy = tempfile::tempdir().unwrap();
        for name in [store::FILE, store::HEAD] {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let connection = rusqlite::Connection::open(copy.path().join(store::FILE)).unwrap();
        connection.execute_batch(&format!("{unlocked}{sql}")).unwrap();
        drop(connection);
        if !keep_head {
            std::fs::remove_file(copy.path().join(store::HEAD)).unwrap();
        }
        verify(copy.path(), None, known)
    };
    for (sql, at) in [
        ("UPDATE log SET reason = 'none' WHERE seq = 3", 3),
        ("UPDATE log SET address = NULL WHERE seq = 1", 1),
        ("DELETE FROM log WHERE seq = 2; DELETE FROM image WHERE line = 2", 2),
        ("DELETE FROM log WHERE seq = 1", 1),
        (
            "UPDATE log SET seq = 99 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 4; UPDATE log SET seq = 4 WHERE seq = 99",
            2,
        ),
        ("UPDATE image SET data = x'00' WHERE line = 4", 4),
        ("DELETE FROM image WHERE line = 4", 4),
        ("INSERT INTO image VALUES (3, 0, '/l/x', x'00', '[]', '{}')", 7),
        ("DELETE FROM log WHERE seq > 4; DELETE FROM image WHERE line > 4", 5),
    ] {
        let broken = tampered(sql, true, &[]).expect_err(sql);
        assert!(matches!(broken, Broken::At { seq, .. } if seq == at), "{sql}: {broken}");
    }
    // A tail that was cut with the note of it is found by whoever kept its hash elsewhere.
    let cut = "DELETE FROM log WHERE seq > 4; DELETE FROM image WHERE line > 4";
    assert_eq!(tampered(cut, false, &[]).unwrap().seq, 4);
    assert!(matches!(tampered(cut, false, std::slice::from_ref(&known)), Err(Broken::At { seq: 5, .. })));
    let none = tempfile::tempdir().unwrap();
    assert!(matches!(verify(none.path(), None, &[]), Err(Broken::Absent(_))));
    for wrong in ["", "6", "6:", "x:00", &format!("0:{}", whole.hash), &format!("6:{}0", whole.hash)] {
        assert!(wrong.parse::<Known>().is_err(), "{wrong}");
    }
}

/// The hash of a line covers each of its cells: also those that few lines have, which no flipped byte of another line shows.
#[tokio::test]
async fn each_cell_of_a_line_is_covered_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    audit.intent(&line("a", "/l/x"), &plan("/l/x")).await.unwrap();
    audit.before_image("a", vec![image("/l/x")]).await.unwrap();
    audit.outcome(&line("a", "/l/x"), &refused("gone")).await.unwrap();
    drop(audit);
    for column in cells::COLUMNS {
        for seq in 1..=3 {
            let copy = tempfile::tempdir().unwrap();
            std::fs::copy(folder.path().join(store::FILE), copy.path().join(store::FILE)).unwrap();
            let connection = rusqlite::Connection::open(copy.path().join(store::FILE)).unwrap();
            // Another value of the column's own type, where there was one and where there was none.
            let other = match column {
                "seq" => "seq + 10",
                "at" | "czxid" | "version" | "session" => &format!("coalesce({column}, 6) + 1"),
                "images" => "zeroblob(32)",
                _ => &format!("coalesce({column}, '') || 'x'"),
            };
            let sql = format!("DROP TRIGGER log_kept; UPDATE log SET {column} = {other} WHERE seq = {seq}");
            connection.execute_batch(&sql).unwrap();
            drop(connection);
            let broken = verify(copy.path(), None, &[]).expect_err(&sql);
            let said = broken.to_string();
            let found = said.contains("it is not what was written") || column == "seq";
            assert!(found && said.contains(&format!("entry {seq}")), "{sql}: {broken}");
        }
    }
}

/// The size of a page of a SQLite database.
const PAGE: usize = 4096;

#[tokio::test]
async fn every_flipped_byte_of_a_line_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    audit.intent(&line("a-line-to-find", "/l/x"), &plan("/l/x")).await.unwrap();
    // What is in the file beside the database goes into it when the last connection is closed.
    drop(audit);
    let path = folder.path().join(store::FILE);
    let bytes = std::fs::read(&path).unwrap();
    let needle = b"a-line-to-find";
    // The line itself and its place in the index, each to the end of its page.
    let places = bytes.windows(needle.len()).enumerate().filter(|(_, window)| window == needle);
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2);
    let in_page = |at: usize| (at - 4..(at / PAGE + 1) * PAGE).step_by(5);
    for at in places.into_iter().flat_map(in_page) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let checked = verify(folder.path(), None, &[]);
        assert!(checked.is_err(), "byte {at}: {checked:?}");
    }
    std::fs::write(&path, &bytes).unwrap();
    verify(folder.path(), None, &[]).unwrap();
}

#[tokio::test]
async fn a_flood_of_denials_is_written_in_part_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    let note = || Note::new(By::stranger("eve", "::1".parse().unwrap()), "login", "no".to_owned());
    for _ in 0..100 {
        audit.denied(&note(), None, None).await.unwrap();
    }
    assert_eq!(told_of(&audit, Filter::default()).await.len(), Denials::MOST as usize);
    audit.denials.lock().unwrap().since.0 -= 60_000;
    audit.denied(&note(), None, None).await.unwrap();
    let newest = audit.page(Filter::default(), 1).await.unwrap().items.remove(0);
    assert_eq!(newest.detail.as_deref(), Some("no; 40 more before it were not written down"));
    assert_eq!(newest.outcome.as_deref(), Some("denied"));
}

#[test]
fn only_the_own_user_may_read_the_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let audit = open(folder.path());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
    drop(audit);
}
