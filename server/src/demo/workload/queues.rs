//! Three queues in the format of Curator's `DistributedQueue`: a fast one with an item that always fails, a slow one whose
//! items are locked while they are worked on, and one whose backlog grows and drains.

use std::time::Duration;

use zookeeper_client::{Acls, CreateMode, Error};

use super::curator;
use super::session::{Actors, Session};

const WEBHOOKS: &str = "/jobs/webhooks";
const IMPORTS: &str = "/jobs/imports";
/// Where a consumer of imports puts a znode of the item's name while it works on it: Curator's `lockPath`.
const IMPORTS_LOCKS: &str = "/jobs/imports-locks";
const AUDIT: &str = "/jobs/audit";
/// What makes an item fail, every time.
const POISON: &str = "poison";
/// More than this is never left in a queue, should its consumers be stuck.
const MAX_DEPTH: i32 = 500;

pub(super) fn start(actors: &Actors) {
    let millis = Duration::from_millis;
    actors.spawn("webhook-gateway", move |session| async move {
        put(
            &session,
            WEBHOOKS,
            &format!(r#"{{"deliver":"{POISON}","to":"an address that no longer exists"}}"#),
        )
        .await?;
        produce(&session, WEBHOOKS, "delivery", millis(800)).await
    });
    for number in 1..=2 {
        actors.spawn(format!("webhook-sender-{number:02}"), move |session| async move {
            consume(&session, WEBHOOKS, None, millis(1_200)).await
        });
    }
    actors.spawn("import-portal", move |session| async move {
        produce(&session, IMPORTS, "spreadsheet", millis(7_000)).await
    });
    actors.spawn("importer-01", move |session| async move {
        session.directory(IMPORTS_LOCKS).await?;
        consume(&session, IMPORTS, Some(IMPORTS_LOCKS), millis(6_000)).await
    });
    actors.spawn("audit-writer", move |session| async move {
        produce(&session, AUDIT, "entry", millis(1_000)).await
    });
    actors.spawn("audit-shipper", move |session| async move {
        session.directory(AUDIT).await?;
        loop {
            tokio::time::sleep(Duration::from_secs(90)).await;
            while consume_one(&session, AUDIT, None, millis(150)).await? {}
        }
    });
}

/// Puts an item, waits, and so on.
async fn produce(session: &Session, queue: &str, what: &str, pace: Duration) -> Result<(), Error> {
    session.directory(queue).await?;
    for number in 1_u64.. {
        let depth = session.client().check_stat(queue).await?.map_or(0, |stat| stat.num_children);
        if depth < MAX_DEPTH {
            put(session, queue, &format!(r#"{{"{what}":{number},"from":"{}"}}"#, session.name())).await?;
        }
        tokio::time::sleep(pace).await;
    }
    Ok(())
}

async fn put(session: &Session, queue: &str, item: &str) -> Result<(), Error> {
    session.directory(queue).await?;
    let prefix = format!("{queue}/queue-");
    let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
    let (_, sequence) = session.client().create(&prefix, &curator::frame(item.as_bytes()), &options).await?;
    session.report_queue("enqueued", queue, &format!("{prefix}{sequence}"));
    Ok(())
}

/// Takes items as they come.
async fn consume(session: &Session, queue: &str, locks: Option<&str>, work: Duration) -> Result<(), Error> {
    session.directory(queue).await?;
    loop {
        if !consume_one(session, queue, locks, work).await? {
            let (children, _, watcher) = session.client().get_and_watch_children(queue).await?;
            if children.is_empty() {
                watcher.changed().await;
            } else {
                // Another consumer has them all.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Takes the first item that nobody else has, and works on it. Whether there was one.
///
/// Without locks the item is deleted before the work, with locks after it, as in Curator. An item that fails is deleted
/// and put at the tail in one transaction, as Curator's `ErrorMode.REQUEUE` does, but not forty times in a second.
async fn consume_one(
    session: &Session,
    queue: &str,
    locks: Option<&str>,
    work: Duration,
) -> Result<bool, Error> {
    let client = session.client();
    let mut names = client.list_children(queue).await?;
    names.sort_unstable();
    for name in names {
        let item = format!("{queue}/{name}");
        let lock = locks.map(|locks| format!("{locks}/{name}"));
        if let Some(lock) = &lock {
            let ephemeral = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
            match client.create(lock, session.name().as_bytes(), &ephemeral).await {
                Ok(_) => {}
                Err(Error::NodeExists) => continue,
                Err(error) => return Err(error),
            }
        }
        let done = work_on(session, queue, &item, lock.is_some(), work).await;
        if let Some(lock) = &lock {
            match client.delete(lock, None).await {
                Ok(()) | Err(Error::NoNode) => {}
                Err(error) => return Err(error),
            }
        }
        match done {
            Ok(()) => return Ok(true),
            // Another consumer, or an operator, was quicker.
            Err(Error::NoNode) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

async fn work_on(
    session: &Session,
    queue: &str,
    item: &str,
    locked: bool,
    work: Duration,
) -> Result<(), Error> {
    let client = session.client();
    let (data, _) = client.get_data(item).await?;
    let fails = curator::first_item(&data)
        .and_then(|item| std::str::from_utf8(item).ok())
        .is_none_or(|item| item.contains(POISON));
    if !locked && !fails {
        client.delete(item, None).await?;
    }
    session.report_queue("took", queue, item);
    tokio::time::sleep(work).await;
    if fails {
        let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
        let mut writer = client.new_multi_writer();
        writer.add_delete(item, None)?;
        writer.add_create(&format!("{queue}/queue-"), &data, &options)?;
        writer.commit().await?;
        session.report_queue("failed", queue, item);
        return Ok(());
    }
    if locked {
        client.delete(item, None).await?;
    }
    session.report_queue("finished", queue, item);
    Ok(())
}
