//! How Curator's `DistributedQueue` writes an item: a version, then the items of one put, each with its length.

const VERSION: u32 = 0x0001_0001;
const ITEM: u8 = 1;
const END: u8 = 2;

/// One item as the data of a `queue-` znode.
pub(super) fn frame(item: &[u8]) -> Vec<u8> {
    let length = u32::try_from(item.len()).unwrap_or(u32::MAX);
    let mut data = Vec::with_capacity(item.len() + 10);
    data.extend_from_slice(&VERSION.to_be_bytes());
    data.push(ITEM);
    data.extend_from_slice(&length.to_be_bytes());
    data.extend_from_slice(item);
    data.push(END);
    data
}

/// The first item of the data of a `queue-` znode; `None` if it is not framed so.
pub(super) fn first_item(data: &[u8]) -> Option<&[u8]> {
    let rest = data.strip_prefix(&VERSION.to_be_bytes())?.strip_prefix(&[ITEM])?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_framed_as_curator_does() {
        let data = frame(b"ab");
        assert_eq!(data, [0, 1, 0, 1, 1, 0, 0, 0, 2, b'a', b'b', 2]);
        assert_eq!(first_item(&data), Some(b"ab".as_slice()));
    }

    #[test]
    fn other_data_is_no_item() {
        for data in
            [b"".as_slice(), b"format version: 4", &[0, 1, 0, 1], &[0, 1, 0, 1, 1, 255, 255, 255, 255, 0]]
        {
            assert_eq!(first_item(data), None);
        }
    }
}
