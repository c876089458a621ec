//! The wire between a server and its clients: every byte that goes to them, with what it was the answer to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request, and what came back.
#[derive(Debug, Default)]
pub struct Heard {
    /// The request as it was sent, head and body.
    pub request: String,
    /// All that came back so far: status, headers and body.
    pub bytes: Vec<u8>,
}

impl Heard {
    /// Method and path with query.
    pub fn route(&self) -> &str {
        self.request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1")
    }

    /// The key it was sent with.
    pub fn key(&self) -> Option<&str> {
        self.request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "))
    }
}

type Journal = Arc<Mutex<Vec<Heard>>>;

/// A relay in front of a server that writes down what it passes on.
pub struct Wire {
    /// Where clients find the server now.
    pub address: SocketAddr,
    journal: Journal,
}

impl Wire {
    /// A wire to a server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let journal = Journal::default();
        let written = Arc::clone(&journal);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, server, Arc::clone(&written)));
            }
        });
        Self { address, journal }
    }

    /// Reads what was passed on so far, in the order of the requests.
    pub fn read<T>(&self, read: impl FnOnce(&[Heard]) -> T) -> T {
        read(&self.journal.lock().expect("nobody else broke"))
    }
}

/// Passes bytes on both ways until one side is done. Written down first, so that no client has what the journal lacks.
async fn pass_on(mut client: TcpStream, server: SocketAddr, journal: Journal) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("an open socket");
    }
    let (mut asked, mut said) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut current = None;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Some(piece) = piece(read, &asked) else { return };
                current = Some(note(&journal, current, piece));
                if server.write_all(piece).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut said) => {
                let Some(piece) = piece(read, &said) else { return };
                if let Some(at) = current {
                    journal.lock().expect("nobody else broke")[at].bytes.extend_from_slice(piece);
                }
                if client.write_all(piece).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn piece(read: std::io::Result<usize>, buffer: &[u8]) -> Option<&[u8]> {
    read.ok().filter(|length| *length > 0).map(|length| &buffer[..length])
}

/// Notes a piece of a request; one that comes after an answer begins another request.
fn note(journal: &Journal, current: Option<usize>, piece: &[u8]) -> usize {
    let mut journal = journal.lock().expect("nobody else broke");
    let at = current.filter(|at| journal[*at].bytes.is_empty()).unwrap_or(journal.len());
    if at == journal.len() {
        journal.push(Heard::default());
    }
    journal[at].request.push_str(&String::from_utf8_lossy(piece));
    at
}
