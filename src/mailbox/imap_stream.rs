//! The bytes that come from an IMAP server, counted and bounded before any parser sees them: the
//! library makes room for a literal of any announced size up to 512 MiB, and a line need not end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest response that is taken, in bytes, literals included. Twice what is ever asked for at
/// once, so that a server which misstates a size a little is still understood.
pub(super) const LONGEST_RESPONSE: u64 = 32 * 1024 * 1024;

/// A stream that ends with an error where a response grows longer than [`LONGEST_RESPONSE`].
#[derive(Debug)]
pub(super) struct Bounded<S> {
    inner: S,
    received: u64,
    response: Response,
    too_long: bool,
}

/// How far the current response has come. Only line ends and announced sizes are looked at: whether
/// it is IMAP is for the parser to say.
#[derive(Debug, Default)]
struct Response {
    length: u64,
    /// Bytes of the announced literal that are still to come.
    literal: u64,
    /// The end of the current line, long enough for `{4294967295+}`.
    tail: Vec<u8>,
}

const TAIL: usize = 32;

impl<S> Bounded<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, received: 0, response: Response::default(), too_long: false }
    }

    /// How many bytes have come so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }
}

impl Response {
    /// Takes in the next bytes. Of a response that grows too long: how many bytes came before it.
    fn take(&mut self, new: &[u8]) -> Result<(), usize> {
        let (mut bytes, mut complete) = (new, 0);
        while !bytes.is_empty() {
            if self.literal > 0 {
                let part = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal = self.literal.saturating_sub(part as u64);
                bytes = bytes.get(part..).unwrap_or_default();
                continue;
            }
            let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let (line, rest) = bytes.split_at(end);
            self.length = self.length.saturating_add(line.len() as u64);
            self.tail.extend_from_slice(line.get(line.len().saturating_sub(TAIL)..).unwrap_or(line));
            self.tail.drain(..self.tail.len().saturating_sub(TAIL));
            if line.ends_with(b"\n") {
                match announced(&self.tail) {
                    Some(size) => {
                        self.literal = size;
                        self.length = self.length.saturating_add(size);
                    }
                    None => {
                        self.length = 0;
                        complete = new.len().saturating_sub(rest.len());
                    }
                }
                self.tail.clear();
            }
            if self.length > LONGEST_RESPONSE {
                return Err(complete);
            }
            bytes = rest;
        }
        Ok(())
    }
}

/// The size of the literal that a line announces at its end: `{123}` (RFC 9051 §4.3).
fn announced(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let inside = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let start = inside.iter().rposition(|&byte| byte == b'{')?;
    let digits = inside.get(start + 1..)?;
    std::str::from_utf8(digits.strip_suffix(b"+").unwrap_or(digits)).ok()?.parse().ok()
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.too_long {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let new = buf.filled().get(before..).unwrap_or_default();
        self.received = self.received.saturating_add(new.len() as u64);
        let Err(complete) = self.response.take(new) else { return Poll::Ready(Ok(())) };
        // What came whole before it is passed on: nothing would mean the end of the stream.
        self.too_long = true;
        buf.set_filled(before + complete);
        Poll::Ready(if complete > 0 { Ok(()) } else { Err(io::Error::from(io::ErrorKind::FileTooLarge)) })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_RESPONSE, Response};

    /// Each in one piece and byte by byte.
    fn refused(bytes: &[u8]) -> bool {
        let (mut whole, mut sliced) = (Response::default(), Response::default());
        let whole = whole.take(bytes).is_err();
        assert_eq!(whole, bytes.chunks(1).any(|byte| sliced.take(byte).is_err()));
        whole
    }

    #[test]
    fn an_announced_size_is_refused_before_the_first_byte_of_it() {
        for size in [LONGEST_RESPONSE + 1, 600_000_000, 1 << 30, 4_294_967_295, u64::MAX] {
            assert!(refused(format!("* 1 FETCH (UID 1 BODY[] {{{size}}}\r\n").as_bytes()), "{size}");
            assert!(refused(format!("* 1 FETCH (UID 1 BODY[] {{{size}+}}\n").as_bytes()), "{size}");
        }
        assert!(!refused(b"* 1 FETCH (UID 1 BODY[] {1000000}\r\n"));
    }

    #[test]
    fn literals_of_one_response_count_together_and_those_of_several_do_not() {
        let half = usize::try_from(LONGEST_RESPONSE / 2).unwrap();
        let literal = [format!("* 1 FETCH (BODY[] {{{half}}}\r\n").as_bytes(), &vec![b'\n'; half]].concat();
        let two = [literal.as_slice(), b")\r\n", &literal, b")\r\n"].concat();
        let mut response = Response::default();
        assert!(response.take(&two).is_ok());
        let joined = [literal.as_slice(), b" ", &literal].concat();
        assert_eq!(Response::default().take(&joined), Err(0));
        let after = [b"* OK\r\n".as_slice(), &joined].concat();
        assert_eq!(Response::default().take(&after), Err(6));
    }

    #[test]
    fn a_line_that_does_not_end_is_refused() {
        let mut response = Response::default();
        let more = vec![b'x'; 1024 * 1024];
        assert!((0..40).any(|_| response.take(&more).is_err()));
    }
}
