//! The audit log: on disk before anything is done, whole whatever happens, and told as it is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::console::{CLUSTER, encode, run_to_end};
use harness::presence::Missing;
use harness::proxy::Proxy;
use harness::zookeeper::{PrivateZooKeeper, options};
use harness::{Console, confirmed, eventually, zookeeper};
use serde_json::Value;
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::api::{AuditAction, AuditEntry, AuditPage, AuditPhase, Execute};
use zooscope_protocol::{Action, Outcome, Plan, RefusalCode, Target, ZnodePath};

use crate::agreement::LIMIT;

/// Layouts with which plain znodes are locks and queues, and a place whose data is not shown.
const CONFIGURATION: &str = r"
[[recipe]]
name = 'jobs'
path = '/app/jobs'
kind = 'queue'
members = 'job-(?<sequence>-?\d+)'

[[recipe]]
name = 'locks'
path = '/app/locks/**/*'
kind = 'mutex'
members = 'm-(?<sequence>-?\d+)'
persistent = true

[audit]
data_bytes = 16

[[audit.mask]]
path = '/app/locks/secret/**'
";

/// A ZooKeeper, a console on it that knows the layouts, and what looks at the truth.
struct Desk {
    console: Console,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn at(connect: &str, truth: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("zooscope.toml");
        std::fs::write(&file, CONFIGURATION).unwrap();
        let flags = ["--config", file.to_str().unwrap()];
        let console = Console::start_with(&[&format!("{CLUSTER}={connect}")], &flags).await;
        console.live(Duration::from_secs(20)).await;
        let client = zookeeper::client(truth).await;
        zookeeper::put(&client, "/app/jobs", b"").await;
        Self { console, client, _folder: folder }
    }

    async fn make(&self, prefix: &str, data: &[u8]) -> String {
        let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
        let (_, sequence) = self.client.create(prefix, data, &options).await.unwrap();
        format!("{prefix}{sequence}")
    }

    /// The znode as an operator sees it, once the mirror has it.
    async fn seen(&self, path: &str) -> Target {
        let stat = eventually(&format!("{path} is mirrored"), LIMIT, async || {
            self.console.node(path).await.map(|node| node.stat).ok_or(())
        })
        .await;
        Target {
            path: ZnodePath::parse(path).unwrap(),
            czxid: stat.czxid,
            version: stat.version,
            session: stat.owner(),
        }
    }

    /// The plan to put an item at the tail.
    async fn requeue(&self, item: &str) -> Plan {
        let action = Action::Requeue(self.seen(item).await.into());
        eventually("the item can be requeued", LIMIT, async || self.console.plan(&action).await).await
    }

    async fn there(&self, path: &str) -> bool {
        self.client.check_stat(path).await.unwrap().is_some()
    }
}

fn execute(plan: &Plan, key: &str) -> Execute {
    Execute { ticket: Some("OPS-7".to_owned()), ..confirmed(&plan.confirm.expected, key) }
}

async fn private() -> Option<PrivateZooKeeper> {
    match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => Some(zookeeper),
        Err(error) => {
            Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
            None
        }
    }
}

async fn verify(folder: &Path) -> (Option<i32>, String) {
    run_to_end(&["audit", "verify", "--data-dir", folder.to_str().unwrap()]).await
}

#[tokio::test]
async fn an_action_is_in_the_log_before_and_after_with_all_that_it_was() {
    let Some(zookeeper) = private().await else { return };
    let desk = Desk::at(&zookeeper.connect(), &zookeeper.connect()).await;
    zookeeper::put(&desk.client, "/app/locks/open", b"").await;
    zookeeper::put(&desk.client, "/app/locks/secret/s", b"").await;
    let data = b"twenty bytes of data".as_slice();
    let held = desk.make("/app/locks/open/m-", data).await;
    let secret = desk.make("/app/locks/secret/s/m-", data).await;

    let mut ids = Vec::new();
    for (key, holder) in [("open", &held), ("secret", &secret)] {
        let target = desk.seen(holder).await;
        let action = Action::Release(target.clone());
        let plan =
            eventually("the lock can be released", LIMIT, async || desk.console.plan(&action).await).await;
        let executed = desk.console.execute(&plan.digest, &execute(&plan, key)).await.unwrap();
        assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
        assert!(!desk.there(holder).await);
        let told: AuditAction = desk.console.read(&format!("/audit/{}", executed.audit_id)).await;
        let phases: Vec<_> = told.lines.iter().map(|line| line.phase).collect();
        assert_eq!(phases, [AuditPhase::Intent, AuditPhase::Image, AuditPhase::Outcome]);
        for line in &told.lines {
            assert_eq!((line.kind.as_str(), line.path.as_deref()), ("release", Some(holder.as_str())));
            let identity = line.identity.unwrap();
            assert_eq!((identity.czxid, identity.session), (target.czxid, None));
            assert_eq!(
                (line.reason.as_deref(), line.ticket.as_deref()),
                (Some("a test wants it so"), Some("OPS-7"))
            );
            assert_eq!(line.address.unwrap().to_string(), "127.0.0.1");
        }
        assert_eq!(told.lines[2].outcome.as_deref(), Some("done"));
        let [image] = told.images.as_slice() else { panic!("{:?}", told.images) };
        assert_eq!((image.path.as_str(), image.stat.czxid), (holder.as_str(), target.czxid));
        assert_eq!(image.acl[0].permissions, 31);
        let shown: &[u8] = if key == "secret" { b"" } else { &data[..16] };
        assert_eq!((image.data.0.as_slice(), image.masked, image.truncated), (shown, key == "secret", true));
        ids.push(executed.audit_id);
    }
    let secret = desk.console.get(&format!("/audit/{}", ids[1])).await.text;
    assert!(!secret.contains("twenty"), "{secret}");

    // The log that the server writes to is checked meanwhile.
    let (code, said) = verify(&desk.console.data_dir()).await;
    assert_eq!(code, Some(0), "{said}");
    let newest = desk.console.audit().await.items.remove(0);
    assert!(said.contains(&format!("6 entries, chain whole, last hash {}", newest.hash)), "{said}");
    let none = desk.console.get("/audit/0000").await;
    assert_eq!((none.status, none.problem().code), (404, RefusalCode::NotFound));
}

#[tokio::test]
async fn what_a_killed_console_left_open_is_decided_when_it_comes_back() {
    let Some(zookeeper) = private().await else { return };
    let proxy = Proxy::start(&zookeeper.connect()).await;
    let Desk { mut console, client, _folder } = Desk::at(&proxy.connect(), &zookeeper.connect()).await;
    for round in 0..6_u64 {
        let desk = Desk { console, client: client.clone(), _folder: tempfile::tempdir().unwrap() };
        let item = desk.make("/app/jobs/job-", format!("item {round}").as_bytes()).await;
        let plan = desk.requeue(&item).await;
        let request = execute(&plan, &format!("killed-{round}"));
        let url = format!("/clusters/{CLUSTER}/plans/{}/execute", plan.digest);
        let sending = desk.console.request("POST", &url).headers(desk.console.site_headers()).json(&request);
        // Nothing comes through any more, from somewhere between the intent and the outcome on: before the transaction is
        // sent, or after it was done and before the console was told.
        let committed = round % 2 == 1;
        proxy.delay(Duration::from_millis(if committed { 100 } else { 15 }));
        let sent = tokio::spawn(sending.send());
        if committed {
            eventually("it is done", LIMIT, async || if desk.there(&item).await { Err(()) } else { Ok(()) })
                .await;
        } else {
            tokio::time::sleep(Duration::from_millis(20 + 30 * round)).await;
        }
        proxy.stall();
        eventually("the intent is in the log", LIMIT, async || {
            let page = desk.console.audit().await;
            if page.items.iter().any(|line| line.path.as_deref() == Some(item.as_str())) {
                Ok(())
            } else {
                Err(page)
            }
        })
        .await;
        Desk { console, .. } = desk;
        console.kill9();
        assert!(sent.await.unwrap().is_err(), "nobody was told how it ended");
        proxy.delay(Duration::ZERO);
        proxy.reset();
        proxy.heal();
        console.restart().await;
        console.live(Duration::from_secs(30)).await;
        let outcome = eventually("the outcome is in the log", Duration::from_secs(30), async || {
            let page: AuditPage = console.read(&format!("/audit?path={}", encode(&item))).await;
            page.items.iter().find_map(|line| line.outcome.clone()).ok_or(page)
        })
        .await;
        let old = client.check_stat(&item).await.unwrap().is_some();
        assert_eq!(outcome, if committed { "done" } else { "refused" }, "round {round}");
        assert_eq!(old, !committed, "round {round}");
        zookeeper::members(&client, "/app/jobs", usize::try_from(round).unwrap() + 1).await;
        let open: AuditPage = console.read("/audit?outcome=open").await;
        assert_eq!(open.items, [], "round {round}");
    }
    let (code, said) = verify(&console.data_dir()).await;
    assert_eq!(code, Some(0), "{said}");
}

/// A small file system of its own in a folder, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn on(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"]).arg(folder);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(folder.to_owned())),
            _ => {
                Missing::new("the right to mount a small disk", "run the tests as root, as in a container")
                    .skip();
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[tokio::test]
async fn a_full_disk_stops_every_action_before_it_is_begun() {
    let Some(zookeeper) = private().await else { return };
    let mut desk = Desk::at(&zookeeper.connect(), &zookeeper.connect()).await;
    let item = desk.make("/app/jobs/job-", b"precious").await;
    desk.console.kill9();
    let Some(disk) = SmallDisk::on(&desk.console.data_dir()) else { return };
    desk.console.restart().await;
    desk.console.live(LIMIT).await;
    let plan = desk.requeue(&item).await;
    let filler = disk.0.join("filler");
    let filled = std::fs::write(&filler, vec![0; 2 * 1024 * 1024]).unwrap_err();
    assert_eq!(filled.kind(), std::io::ErrorKind::StorageFull);

    let before = zookeeper::walk(&desk.client, "/").await;
    for key in ["full-1", "full-2"] {
        let problem = desk.console.execute(&plan.digest, &execute(&plan, key)).await.unwrap_err();
        assert_eq!((problem.status, problem.code), (503, RefusalCode::NoAudit), "{}", problem.detail);
    }
    let recipe = desk.console.delete("/recipes/jobs").await;
    assert_eq!((recipe.status, recipe.problem().code), (503, RefusalCode::NoAudit));
    let after = zookeeper::walk(&desk.client, "/").await;
    assert_eq!(before.len(), after.len());
    for (path, seen) in &before {
        let now = &after[path];
        assert_eq!((seen.stat.mzxid, seen.stat.pzxid), (now.stat.mzxid, now.stat.pzxid), "{path}");
    }
    assert_eq!(desk.console.audit().await.items, [], "the log can be read all the while");

    std::fs::remove_file(&filler).unwrap();
    let executed = desk.console.execute(&plan.digest, &execute(&plan, "free")).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    let (code, said) = verify(&desk.console.data_dir()).await;
    assert_eq!(code, Some(0), "{said}");
    desk.console.kill9();
}

#[tokio::test]
async fn a_byte_that_was_flipped_or_a_log_that_lost_its_end_is_found() {
    let Some(zookeeper) = private().await else { return };
    let mut desk = Desk::at(&zookeeper.connect(), &zookeeper.connect()).await;
    for key in ["one", "two"] {
        let item = desk.make("/app/jobs/job-", b"data").await;
        let plan = desk.requeue(&item).await;
        let mut request = execute(&plan, key);
        request.reason = format!("the reason of {key}");
        desk.console.execute(&plan.digest, &request).await.unwrap();
    }
    let folder = desk.console.data_dir();
    let (code, said) = verify(&folder).await;
    assert_eq!(code, Some(0), "{said}");
    let expected = said.split("--expect ").nth(1).unwrap().trim().to_owned();
    desk.console.kill9();

    // After a crash the lines may be in either file.
    let files = ["audit.db", "audit.db-wal"].map(|name| folder.join(name));
    let kept: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let needle = b"the reason of one";
    let mut found = 0;
    for (file, bytes) in files.iter().zip(&kept) {
        let places = bytes.windows(needle.len()).enumerate().filter(|(_, window)| window == needle);
        for (at, _) in places {
            found += 1;
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            std::fs::write(file, flipped).unwrap();
            let (code, said) = verify(&folder).await;
            assert_eq!(code, Some(1), "byte {at} of {}: {said}", file.display());
            assert!(said.contains("the chain breaks at entry "), "{said}");
            for (file, bytes) in files.iter().zip(&kept) {
                std::fs::write(file, bytes).unwrap();
            }
            std::fs::remove_file(folder.join("audit.db-shm")).ok();
        }
    }
    assert!(found > 0, "the reason is in the files");
    let (code, said) = verify(&folder).await;
    assert_eq!(code, Some(0), "as it was: {said}");

    // The end goes, and the note of it too: whoever kept the hash finds it.
    std::fs::remove_file(&files[1]).unwrap();
    std::fs::remove_file(folder.join("audit.db-shm")).ok();
    let (code, said) = verify(&folder).await;
    assert_eq!(code, Some(1), "{said}");
    std::fs::remove_file(folder.join("audit.head")).unwrap();
    let arguments = ["audit", "verify", "--data-dir", folder.to_str().unwrap(), "--expect", &expected];
    let (code, said) = run_to_end(&arguments).await;
    assert_eq!(code, Some(1), "{said}");
    let wrong = ["audit", "verify", "--expect", "seven"];
    assert_eq!(run_to_end(&wrong).await.0, Some(2));
    let nowhere = ["audit", "verify", "--data-dir", "/nowhere"];
    assert_eq!(run_to_end(&nowhere).await.0, Some(1));
}

#[tokio::test]
async fn what_is_exported_is_what_is_shown_and_a_reason_stays_one_entry() {
    let Some(zookeeper) = private().await else { return };
    let desk = Desk::at(&zookeeper.connect(), &zookeeper.connect()).await;
    let reasons = [
        "=HYPERLINK(\"http://x\",\"y\")",
        "two lines\r\n2026-01-01,forged,entry",
        "a \"quote\", a \u{1b}[31mcolour\u{7} and \u{202e}turned",
        "\u{b}@SUM(A1:A9)",
    ];
    for (place, reason) in reasons.iter().enumerate() {
        let item = desk.make("/app/jobs/job-", b"=1+1").await;
        let plan = desk.requeue(&item).await;
        let mut request = execute(&plan, &format!("export-{place}"));
        (*reason).clone_into(&mut request.reason);
        desk.console.execute(&plan.digest, &request).await.unwrap();
    }
    let page = desk.console.audit().await.items;
    assert_eq!(page.len(), 2 * reasons.len(), "an intent and an outcome each");
    let told: Vec<_> = page.iter().rev().step_by(2).filter_map(|line| line.reason.as_deref()).collect();
    assert_eq!(told, reasons.map(str::trim));

    let export = async |address: &str| {
        let reply = desk.console.get(&format!("/audit/export?{address}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let disposition = reply.headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"zooscope-audit-"), "{disposition}");
        assert!(disposition.contains("; filename*=UTF-8''zooscope-audit-"), "{disposition}");
        let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("sandbox") && !policy.contains("'self'"),
            "it is nothing of the site: {policy}"
        );
        reply.text
    };
    let json: Vec<AuditEntry> = serde_json::from_str(&export("format=json").await).unwrap();
    assert_eq!(json, page);
    let text = export("format=ndjson").await;
    let lines: Vec<AuditEntry> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, page);
    let text = export("format=csv").await;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), page.len());
    for (record, entry) in records.iter().zip(&page) {
        let cell = |name: &str| {
            let cell = &record[names.iter().position(|known| known == name).unwrap()];
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            cell.strip_prefix('\'').unwrap_or(cell).to_owned()
        };
        assert_eq!(cell("seq"), entry.seq.to_string());
        assert_eq!(cell("at"), entry.at.to_string());
        assert_eq!(cell("reason"), entry.reason.clone().unwrap());
        assert_eq!(cell("path"), entry.path.clone().unwrap());
        assert_eq!(cell("hash"), entry.hash);
        assert_eq!(cell("outcome"), entry.outcome.clone().unwrap_or_default());
        let plan: Option<Value> = entry.plan.clone();
        assert_eq!(cell("plan"), plan.map(|plan| plan.to_string()).unwrap_or_default());
    }
    let filtered: Vec<AuditEntry> =
        serde_json::from_str(&export("format=json&each=action&q=hyperlink").await).unwrap();
    assert_eq!(filtered.len(), 1);
    let none: Vec<AuditEntry> = serde_json::from_str(&export("format=json&kind=release").await).unwrap();
    assert_eq!(none, []);
    assert_eq!(export("format=csv&kind=release").await.lines().count(), 1);
}

#[tokio::test]
async fn a_filter_that_is_not_known_or_not_bounded_is_refused() {
    let Some(zookeeper) = private().await else { return };
    let desk = Desk::at(&zookeeper.connect(), &zookeeper.connect()).await;
    let long = "x".repeat(201);
    for wrong in [
        "/audit?hwo=ann",
        "/audit?who=ann&who=bob",
        &format!("/audit?q={long}"),
        &format!("/audit?who={long}"),
        "/audit?kind=Release",
        "/audit?kind=a,,b",
        "/audit?outcome=maybe",
        "/audit?from=yesterday",
        "/audit?limit=0",
        "/audit?limit=100000000",
        "/audit?after=-1",
        "/audit?each=year",
        "/audit?format=csv",
        "/audit/export",
        "/audit/export?format=xls",
        "/audit/export?format=csv&limit=5",
    ] {
        let reply = desk.console.get(wrong).await;
        assert_eq!((reply.status, reply.problem().code), (400, RefusalCode::BadRequest), "{wrong}");
    }
    let path = desk.console.get("/audit?path=relative").await;
    assert_eq!((path.status, path.problem().code), (400, RefusalCode::BadPath));
    let all = "/audit?who=a&kind=release,requeue&cluster=test&path=/app&outcome=done&from=2026-01-01T00:00:00Z\
               &to=2099-01-01T00:00:00Z&q=x&each=action&limit=5&after=9";
    assert_eq!(desk.console.read::<AuditPage>(all).await, AuditPage { items: Vec::new(), next: None });
}
