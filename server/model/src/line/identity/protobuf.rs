//! Data that is a protocol buffer, of Hadoop, HBase and Mesos: the texts and the small numbers in it, in their order. Without
//! the message's definition that is what can be read, and it is what names a host and a port.

/// The most values that are told.
const MOST: usize = 8;
/// How deep messages are looked into.
const DEEP: usize = 4;

/// The texts and small numbers of a message, one after another; `None` for what is no message or has no text.
pub(super) fn told(data: &[u8]) -> Option<String> {
    let mut found = Vec::new();
    read(message(data), &mut found, DEEP)?;
    let text = found.iter().any(|value| !value.bytes().all(|byte| byte.is_ascii_digit()));
    found.truncate(MOST);
    text.then(|| found.join(" "))
}

/// The message behind HBase's header, where there is one: `ff`, a length, an id of so many bytes, `PBUF`.
/// Source: HBase 1.x, `RecoverableZooKeeper.removeMetaData` and `ProtobufUtil.PB_MAGIC`.
fn message(data: &[u8]) -> &[u8] {
    let behind = || {
        let (length, rest) = data.strip_prefix(&[0xff])?.split_first_chunk::<4>()?;
        rest.get(usize::try_from(u32::from_be_bytes(*length)).ok()?..)
    };
    let data = behind().unwrap_or(data);
    data.strip_prefix(b"PBUF").unwrap_or(data)
}

/// Reads all fields of a message; `None` where it is none.
fn read(mut data: &[u8], found: &mut Vec<String>, deep: usize) -> Option<()> {
    while !data.is_empty() {
        let tag = varint(&mut data)?;
        if tag >> 3 == 0 {
            return None;
        }
        match tag & 7 {
            0 => {
                let number = varint(&mut data)?;
                // Ports and the like; a time or a random number says nothing of who somebody is.
                if number < 1 << 20 {
                    found.push(number.to_string());
                }
            }
            1 => data = data.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut data)?).ok()?;
                let field;
                (field, data) = data.split_at_checked(length)?;
                value(field, found, deep);
            }
            5 => data = data.get(4..)?,
            _ => return None,
        }
    }
    Some(())
}

/// A field that is a text, or a message with some.
fn value(field: &[u8], found: &mut Vec<String>, deep: usize) {
    let text = std::str::from_utf8(field).ok().filter(|text| !text.chars().any(char::is_control));
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        return found.push(text.to_owned());
    }
    let before = found.len();
    if deep > 0 && read(field, found, deep - 1).is_none() {
        found.truncate(before);
    }
}

/// A number of up to 64 bits, the lowest seven first.
fn varint(data: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for at in 0..10 {
        let (byte, rest) = data.split_first()?;
        *data = rest;
        number |= u64::from(byte & 0x7f).checked_shl(7 * at)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
