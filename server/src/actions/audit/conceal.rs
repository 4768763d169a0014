//! What of a znode's data the log shows: its beginning, or nothing where the configuration says so.

use serde_json::Value;
use zooscope_model::Pattern;
use zooscope_protocol::api::AuditImage;
use zooscope_protocol::{AclEntry, Bytes, ZnodePath};

use super::image::Image;
use crate::config::Audit as Told;

/// What stands where data is not shown.
const MASKED: &str = "(masked)";

/// What is shown of data.
#[derive(Debug, Clone)]
pub(super) struct Conceal {
    masks: Vec<Pattern>,
    data_bytes: usize,
}

impl Conceal {
    pub(super) fn new(told: &Told) -> Self {
        Self { masks: told.masks.clone(), data_bytes: told.data_bytes }
    }

    /// A plan as it is written down. Of what it says of data, that of masked znodes is taken out and the rest is cut.
    pub(super) fn plan(&self, mut plan: Value) -> Value {
        let masked = !self.masks.is_empty() && self.speaks_of_masked(&plan);
        self.cut(&mut plan, masked);
        plan
    }

    /// An image as it is shown.
    pub(super) fn image(&self, image: Image) -> AuditImage {
        let Image { path, mut data, acl, stat } = image;
        let masked = self.is_masked(&path);
        let length = data.len();
        data.truncate(if masked { 0 } else { self.data_bytes });
        let truncated = data.len() < length;
        AuditImage {
            path,
            data: Bytes(data),
            truncated,
            masked,
            acl: acl.into_iter().map(without_hash).collect(),
            stat,
        }
    }

    fn is_masked(&self, path: &ZnodePath) -> bool {
        self.masks.iter().any(|mask| mask.matches(path))
    }

    /// Whether any path in it is masked.
    fn speaks_of_masked(&self, value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(key, value)| match value {
                Value::String(text)
                    if matches!(key.as_str(), "path" | "subject" | "from" | "prefix" | "to") =>
                {
                    ZnodePath::parse(text).is_ok_and(|path| self.is_masked(&path))
                }
                value => self.speaks_of_masked(value),
            }),
            Value::Array(items) => items.iter().any(|item| self.speaks_of_masked(item)),
            _ => false,
        }
    }

    /// Cuts what stems from data: what a library wrote as its identity, data itself, and in a masked plan the sentences, which
    /// may repeat them.
    fn cut(&self, value: &mut Value, masked: bool) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| match (key.as_str(), value) {
                ("data", Value::String(base64)) => {
                    // A multiple of four characters is base64 of its own.
                    let most = if masked { 0 } else { self.data_bytes.div_ceil(3) * 4 };
                    if base64.is_char_boundary(most) {
                        base64.truncate(most);
                    }
                }
                ("identity", Value::String(text)) | ("sentence", Value::String(text)) if masked => {
                    MASKED.clone_into(text);
                }
                ("identity", Value::String(text)) => {
                    let cut = text.floor_char_boundary(self.data_bytes);
                    text.truncate(cut);
                }
                (_, value) => self.cut(value, masked),
            }),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cut(item, masked)),
            _ => {}
        }
    }
}

/// The entry of scheme `digest` bears the hash of a password, which can be guessed at leisure.
fn without_hash(entry: AclEntry) -> AclEntry {
    match (entry.scheme.as_str(), entry.id.split_once(':')) {
        ("digest", Some((name, _))) => AclEntry { id: format!("{name}:…"), ..entry },
        _ => entry,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_data_in_a_plan_the_beginning_is_written_down_and_of_masked_data_nothing() {
        let masks = vec![Pattern::parse("/secret/**").unwrap()];
        let conceal = Conceal::new(&Told { data_bytes: 4, masks, ..Told::default() });
        let told = |prefix: &str| {
            let data = "MDEyMzQ1Njc4OQ==";
            let plan = json!({"action": {"data": data}, "steps": [{"prefix": prefix, "data": data}]});
            let plan = conceal.plan(plan);
            (plan["action"]["data"].clone(), plan["steps"][0]["data"].clone())
        };
        assert_eq!(told("/open/queue/entry-"), (json!("MDEyMzQ1"), json!("MDEyMzQ1")));
        assert_eq!(told("/secret/queue/entry-"), (json!(""), json!("")));
    }
}
