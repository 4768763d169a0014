//! Data that is JSON: the few fields by which systems say who wrote it.

use serde_json::Value;

/// The fields that name somebody, in the order in which they are asked for.
/// `holder`: kazoo 2.11, `NonBlockingLease`. `pid`: Mesos, `MasterInfo` (`master@10.0.0.1:5050`). `serviceUrl`: Pulsar.
/// `HostName`: Vitess. `id`: Helix. The rest is what membership of services is usually called.
const NAMES: [&str; 8] = ["holder", "pid", "serviceUrl", "HostName", "hostname", "address", "name", "id"];

/// Who wrote this, as far as it says so.
pub(super) fn told(name: &str, text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    // Kafka's `/controller`, and its brokers, whose znode is named by the broker's id.
    if let Some(broker) = json.get("brokerid").and_then(Value::as_i64) {
        return Some(format!("broker {broker}"));
    }
    // A member of Patroni's, which is called as its znode is.
    if json.get("conn_url").is_some() {
        return Some(name.to_owned());
    }
    if let (Some(host), Some(port)) = (text_of(&json, "host"), json.get("port").and_then(Value::as_i64)) {
        return Some(format!("{name} ({host}:{port})"));
    }
    let who = NAMES.iter().find_map(|key| text_of(&json, key))?;
    Some(match text_of(&json, "UserName").filter(|_| json.get("HostName").is_some()) {
        Some(user) => format!("{user}@{who}"),
        None => who.to_owned(),
    })
}

fn text_of<'a>(json: &'a Value, key: &str) -> Option<&'a str> {
    json.get(key)?.as_str().filter(|text| !text.is_empty())
}
