//! The data of a lock of Hive 2: `queryId:time in ms:mode:statement:client's address`. Source: Hive 2.3.7,
//! `HiveLockObjectData.toString`; the statement may have colons of its own, and so may an address of IPv6.

/// Who locked, and with which statement.
pub(super) fn told(text: &str) -> Option<String> {
    let mut parts = text.splitn(4, ':');
    let (query, time, mode, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    time.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    let (statement, client) = rest.rsplit_once(':')?;
    let who = if client.is_empty() { "unknown client" } else { client };
    Some(format!("{who}, query {query} ({mode}): {}", statement.trim()))
}
