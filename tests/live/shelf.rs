//! Queues that a test fills and looks into, and the actions on their items.

use std::collections::BTreeMap;

use harness::{Console, Peer, confirmed, eventually};
use serde_json::{Value, json};
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::action::{DeadLetter, Executed};
use zooscope_protocol::{Action, Item, Outcome, Plan, RefusalCode, Target};

use crate::agreement::LIMIT;

/// The item as it is seen.
pub(crate) fn target(item: &Item) -> Target {
    Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None }
}

/// Sets an item aside, where the configuration says.
pub(crate) fn dead_letter(target: Target) -> Action {
    Action::DeadLetter(DeadLetter { target, to: None })
}

/// Plans and executes, as an operator does who confirms.
pub(crate) async fn done(console: &Console, action: &Action, key: &str) -> (Plan, Executed) {
    let plan = console.plan(action).await.unwrap();
    let executed = console.execute(&plan.digest, &confirmed(&plan.confirm.expected, key)).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{key}: {:?}", executed.refusal);
    (plan, executed)
}

/// With which code an action is refused.
pub(crate) async fn refused(console: &Console, action: &Action) -> RefusalCode {
    console.plan(action).await.unwrap_err().code
}

/// The items of a queue, once there are so many.
pub(crate) async fn items(console: &Console, path: &str, depth: usize) -> Vec<Item> {
    eventually(&format!("{path} has {depth} items"), LIMIT, async || match console.queue(path).await {
        Some(queue) if queue.queue.depth as usize == depth => {
            let items: Vec<Item> = console.items(path).await.into_iter().map(|body| body.item).collect();
            if items.len() == depth { Ok(items) } else { Err(items.len()) }
        }
        other => Err(other.map_or(0, |queue| queue.queue.depth as usize)),
    })
    .await
}

/// Puts items, one after the other, each with what its recipe wants beside the data.
pub(crate) async fn put(peer: &Peer, object: &str, items: &[(&str, Value)]) {
    for (data, with) in items {
        let mut command = json!({"do": "put", "object": object, "data": data});
        if let (Some(command), Value::Object(with)) = (command.as_object_mut(), with.clone()) {
            command.extend(with);
        }
        peer.ask(command).await;
    }
}

/// Takes one item, as its library gives it.
pub(crate) async fn take(peer: &Peer, object: &str) -> Value {
    peer.ask(json!({"do": "take", "object": object, "timeout": 5})).await["data"].clone()
}

/// Makes entries as kazoo does, in one transaction a hundred: `PATH/entry-100-NUMBER`, each with data of its own.
pub(crate) async fn stock(client: &Client, path: &str, label: &str, count: usize) {
    let persistent = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.mkdir(path, &persistent).await.unwrap();
    for start in (0..count).step_by(100) {
        let mut writer = client.new_multi_writer();
        for number in start..count.min(start + 100) {
            let sequential = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
            let data = format!("{label} {number}");
            writer.add_create(&format!("{path}/entry-100-"), data.as_bytes(), &sequential).unwrap();
        }
        writer.commit().await.unwrap();
    }
}

/// How often each data is there in some directories, as a client sees it that has nothing to do with the console.
pub(crate) async fn census(client: &Client, directories: &[&str]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for directory in directories {
        for name in names(client, directory).await {
            let path = format!("{directory}/{name}");
            let told =
                eventually(&format!("{path} is told"), LIMIT, async || match client.get_data(&path).await {
                    Err(zookeeper_client::Error::NoNode) => Ok(None),
                    told => told.map(Some),
                })
                .await;
            if let Some((data, _)) = told {
                *found.entry(String::from_utf8_lossy(&data).into_owned()).or_insert(0) += 1;
            }
        }
    }
    found
}

/// The names of the children of a directory, none where there is no directory. A busy machine may lose the connection between two
/// looks; what was not answered is asked again, and never taken for nothing.
pub(crate) async fn names(client: &Client, directory: &str) -> Vec<String> {
    eventually(&format!("the children of {directory} are told"), LIMIT, async || {
        match client.list_children(directory).await {
            Err(zookeeper_client::Error::NoNode) => Ok(Vec::new()),
            told => told,
        }
    })
    .await
}
