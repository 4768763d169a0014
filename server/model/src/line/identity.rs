//! What a library or a system writes down of who a contender is, as a text that is safe to show.

use zooscope_protocol::Step;

use crate::census::Family;

mod hive;
mod json;
mod protobuf;

/// The most characters of an identity that are shown.
const MOST: usize = 200;

/// Who a contender is, from its data or else its name; `None` where neither says so.
pub(crate) fn identity(family: Family, name: &str, data: &[u8]) -> Option<String> {
    match family {
        // Java's WriteLock writes two bytes into every znode that say nothing.
        Family::ApacheLock if data == [0x12, 0x34] => return None,
        // aiozk writes the time until which a lease runs, and nothing of who has it.
        Family::AiozkLease => return None,
        // Curator's `Revoker` writes this into the znode of a holder that it asks to release. It says nothing of who it is.
        Family::CuratorLock if data == Step::REVOKE.as_bytes() => return None,
        Family::Ephemeral if is_token(data) => return None,
        Family::SolrCandidate => return solr_node(name).and_then(shown),
        Family::HiveLock => return hive::told(text(data)?).and_then(|told| shown(&told)),
        _ => {}
    }
    let Some(text) = text(data).filter(|text| protobuf_free(text)) else {
        return protobuf::told(data).and_then(|told| shown(&told));
    };
    if text.trim_start().starts_with('{') {
        return json::told(name, text).and_then(|told| shown(&told)).or_else(|| shown(text));
    }
    // kazoo's semaphore hands its inner lock the `repr` of the identifier's bytes.
    match python_bytes(text).filter(|_| family == Family::KazooLock) {
        Some(inner) => shown(&inner),
        None => shown(text),
    }
}

/// The text whose UTF-8 Python's `repr` of bytes tells, as `b'caf\xc3\xa9'`; `None` where it is no such `repr`.
fn python_bytes(text: &str) -> Option<String> {
    let quoted = text.trim().strip_prefix('b')?;
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                rest = after;
                let digit =
                    |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(high)? * 16 + digit(low)?
            }
            (b'\\', [escaped, after @ ..]) => {
                rest = after;
                match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                }
            }
            (byte, _) => *byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// The node in the name of a candidate of Solr: `<session>-<node>-n_<seq>`, where the node has dashes and a session may
/// begin with one. Source: Solr 9, `LeaderElector.getNodeName`.
fn solr_node(name: &str) -> Option<&str> {
    let (node, _) = name.rsplit_once("-n_")?;
    let (session, node) = node.strip_prefix('-').unwrap_or(node).split_once('-')?;
    session.bytes().all(|byte| byte.is_ascii_digit()).then_some(node)
}

/// Whether data is the random token by which Symfony's Lock knows its own znode: 32 bytes in base64. Source: Symfony 6,
/// `Lock\Key` and `ZookeeperStore.getUniqueToken`. It names nobody.
pub(crate) fn is_token(data: &[u8]) -> bool {
    data.len() == 44
        && data.ends_with(b"=")
        && data[..43].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// The data as UTF-8.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    match std::str::from_utf8(data) {
        Ok(text) => Some(text),
        // The mirror cuts long data; what is cut in the middle of a character is text all the same.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(data.get(..error.valid_up_to())?).ok()
        }
        Err(_) => None,
    }
}

/// Whether a text is one: the lengths and tags of short messages are control characters, which are valid UTF-8.
fn protobuf_free(text: &str) -> bool {
    text.chars().next().is_none_or(|first| !matches!(first, '\n' | '\u{8}' | '\u{10}' | '\u{12}'))
        || protobuf::told(text.as_bytes()).is_none()
}

/// A text as it may be shown: trimmed, control characters escaped, cut; `None` where nothing is left.
pub(crate) fn shown(text: &str) -> Option<String> {
    let mut shown = String::new();
    let mut length = 0;
    for c in text.trim().chars() {
        let escaped = c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let width = if escaped { c.escape_unicode().count() } else { 1 };
        if length + width > MOST {
            break;
        }
        length += width;
        if escaped {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_shown_as_it_is_meant() {
        let cases: [(&[u8], Option<&str>); 10] = [
            (b"", None),
            (b"  worker-1\n", Some("worker-1")),
            (b"b'host-C'", Some("host-C")),
            (b"b''", None),
            (br"b'caf\xc3\xa9 \\'", Some("caf\u{e9} \\")),
            (br#"b"it's""#, Some("it's")),
            (br"b'\xff'", Some(r"b'\xff'")),
            (br"b'\x", Some(r"b'\x")),
            (b"a\x1b[31m", Some("a\\u{1b}[31m")),
            (b"\xff\xfe", None),
        ];
        for (data, shown) in cases {
            assert_eq!(identity(Family::KazooLock, "", data).as_deref(), shown, "{data:?}");
        }
        assert_eq!(identity(Family::CuratorLock, "", b"__REVOKE__"), None);
        assert_eq!(identity(Family::CuratorLock, "", b"b'host-C'").as_deref(), Some("b'host-C'"));
        assert_eq!(identity(Family::ApacheLock, "", &[0x12, 0x34]), None);
        assert_eq!(
            identity(Family::CuratorLock, "", "é".repeat(300).as_bytes()).unwrap().chars().count(),
            200
        );
        assert_eq!(identity(Family::CuratorLock, "", &"aé".as_bytes()[..2]).as_deref(), Some("a"));
    }

    #[test]
    fn a_system_s_own_words_are_read() {
        fn told(family: Family, name: &str, data: &[u8]) -> Option<String> {
            identity(family, name, data)
        }
        let solr = "72057634818818361-10.0.0.1:8983_solr-core_node2-n_0000000003";
        assert_eq!(told(Family::SolrCandidate, solr, b"").unwrap(), "10.0.0.1:8983_solr-core_node2");
        assert_eq!(
            told(Family::SolrCandidate, &format!("-{solr}"), b"").unwrap(),
            "10.0.0.1:8983_solr-core_node2"
        );
        let hive = b"hive_2026_1:1795473142000:EXPLICIT:lock table t: shared:10.0.0.5";
        assert_eq!(
            told(Family::HiveLock, "", hive).unwrap(),
            "10.0.0.5, query hive_2026_1 (EXPLICIT): lock table t: shared"
        );
        let controller = br#"{"version":1,"brokerid":1,"timestamp":"1795473142000"}"#;
        assert_eq!(told(Family::Ephemeral, "controller", controller).unwrap(), "broker 1");
        let broker =
            br#"{"features":{},"endpoints":["PLAINTEXT://kafka-1:9092"],"host":"kafka-1","port":9092}"#;
        assert_eq!(told(Family::Ephemeral, "1", broker).unwrap(), "1 (kafka-1:9092)");
        let lease = br#"{"version": 1, "holder": "holder-A", "end": "2026-11-23T22:04:55"}"#;
        assert_eq!(told(Family::Ephemeral, "lease_holder", lease).unwrap(), "holder-A");
        // Hadoop's ActiveNodeInfo: nameservice 1, namenode 2, host 3, port 4, ZKFC's port 5.
        let hadoop = b"\n\x09mycluster\x12\x03nn1\x1a\x06host-1 \xd4>(\xd3>";
        assert_eq!(told(Family::Ephemeral, "", hadoop).unwrap(), "mycluster nn1 host-1 8020 8019");
        // HBase's master: a magic byte, the length and text of its id, `PBUF`, Master { server name, version }.
        let hbase = b"\xff\0\0\0\x02idPBUF\n\x0e\n\x06host-1\x10\x80\xfd\x03\x18\x07";
        assert_eq!(told(Family::Ephemeral, "master", hbase).unwrap(), "host-1 65152 7");
        assert_eq!(told(Family::Ephemeral, "", b"\n\x02ab"), Some("ab".to_owned()));
        assert_eq!(told(Family::Ephemeral, "", b"\nplain\n"), Some("plain".to_owned()));
    }
}
