//! Lines of what a program prints, each of a bounded length.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Whole(String),
    /// The beginning of one that was too long.
    Cut(String),
}

/// The next line, without its end; none at the end of the stream, or when it breaks.
pub(super) async fn next(stream: &mut (impl AsyncBufRead + Unpin), limit: usize) -> Option<Line> {
    let mut line = Vec::new();
    let mut is_cut = false;
    loop {
        let bytes = stream.fill_buf().await.ok()?;
        if bytes.is_empty() && line.is_empty() {
            return None;
        }
        let (part, end) = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(end) => (bytes.get(..end).unwrap_or_default(), Some(end + 1)),
            None => (bytes, None),
        };
        let room = limit - line.len();
        is_cut |= part.len() > room;
        line.extend(part.iter().take(room));
        let is_over = end.is_some() || bytes.is_empty();
        let used = end.unwrap_or(bytes.len());
        stream.consume(used);
        if is_over {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            return Some(if is_cut { Line::Cut(line) } else { Line::Whole(line) });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    #[tokio::test]
    async fn lines_are_cut_where_they_are_too_long() {
        let text = "one\n\nthree\r\n0123456789abc\n0123456789\nlast";
        for capacity in 1..20 {
            let mut stream = BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Vec::new();
            while let Some(line) = next(&mut stream, 10).await {
                lines.push(line);
            }
            let whole = |text: &str| Line::Whole(text.into());
            let cut = Line::Cut("0123456789".into());
            let expected =
                [whole("one"), whole(""), whole("three"), cut, whole("0123456789"), whole("last")];
            assert_eq!(lines, expected, "with a buffer of {capacity}");
        }
    }
}
