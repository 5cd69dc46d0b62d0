//! A provider that receives requests over HTTP, answers by a script, and remembers the requests.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

/// Longer than any request takes to come: a test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An answer of the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A status and a body.
    Says(u16, &'static str),
    /// No answer: the connection stays open.
    Nothing,
}

/// See the module.
pub struct Provider {
    pub address: SocketAddr,
    asked: mpsc::UnboundedReceiver<String>,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

impl Provider {
    /// A provider that answers by its script, and with 200 when the script has ended.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, asked) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(VecDeque::new()));
        let answers = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, answers) = (sender.clone(), Arc::clone(&answers));
                tokio::spawn(async move { serve(stream, &sender, &answers).await });
            }
        });
        Self { address, asked, script }
    }

    pub async fn answers(&self, script: &[Answer]) {
        self.script.lock().await.extend(script);
    }

    /// Waits for the next request; returns its text.
    pub async fn asked(&mut self) -> String {
        tokio::time::timeout(TIMEOUT, self.asked.recv()).await.expect("a request comes").expect("the provider runs")
    }

    /// The number of requests that have come and were not read.
    pub fn unseen(&mut self) -> usize {
        self.unread().len()
    }

    /// The requests that have come and were not read.
    pub fn unread(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

async fn serve(mut stream: TcpStream, sender: &mpsc::UnboundedSender<String>, answers: &Mutex<VecDeque<Answer>>) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        // A body may be no text.
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let length = String::from_utf8_lossy(&received[..end])
                .to_ascii_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().trim().parse::<usize>().unwrap());
            if received.len() - end - 4 >= length {
                let text = String::from_utf8_lossy(&received).into_owned();
                let answer = answers.lock().await.pop_front().unwrap_or(Answer::Says(200, "{}"));
                // The test may be over.
                let _ = sender.send(text);
                let Answer::Says(status, body) = answer else {
                    std::future::pending::<()>().await;
                    return;
                };
                let reply =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
                let _ = stream.write_all(reply.as_bytes()).await;
                return;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
        }
    }
}
