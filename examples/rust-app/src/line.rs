//! The connection. It knows nothing of the page, and would be the same without Yew.

use std::time::Duration;

use everline::{Event, Heartbeat, Message, Options, Socket};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{FutureExt, SinkExt, StreamExt, select};
use wasm_bindgen_futures::spawn_local;

/// What the page has of it. Dropping it closes the connection.
pub struct Line {
    orders: UnboundedSender<Order>,
}

enum Order {
    Send(Message),
    Reconnect,
}

impl Line {
    /// Connects, and tells of everything that happens.
    pub fn open(url: String, tell: impl Fn(Event) + 'static) -> Self {
        let (orders, receiver) = unbounded();
        spawn_local(run(url, receiver, tell));
        Self { orders }
    }

    /// Sends a message now, or when the line is open again.
    pub fn send(&self, message: impl Into<Message>) {
        self.order(Order::Send(message.into()));
    }

    /// Connects anew at once.
    pub fn reconnect(&self) {
        self.order(Order::Reconnect);
    }

    fn order(&self, order: Order) {
        // The task is there as long as this is.
        let _ = self.orders.unbounded_send(order);
    }
}

/// Has the socket, and ends with the orders.
async fn run(url: String, mut orders: UnboundedReceiver<Order>, tell: impl Fn(Event)) {
    let ping = Heartbeat::new(r#"{"type":"ping"}"#).interval(Duration::from_secs(15));
    let socket = Socket::connect(url, Options::new().heartbeat(ping));
    // A reference is a Stream and a Sink, too, and leaves the socket's own methods at hand.
    let (mut sink, mut events) = (&socket).split();
    loop {
        let order = select! {
            event = events.next().fuse() => match event {
                Some(event) => {
                    tell(event);
                    continue;
                }
                // It has given up. Only an order changes that.
                None => orders.next().await,
            },
            order = orders.next() => order,
        };
        match order {
            // It waits in the socket as long as the line is not open. `Event::Dropped` tells of a
            // message that finds no room.
            Some(Order::Send(message)) => drop(sink.send(message).await),
            Some(Order::Reconnect) => socket.reconnect(),
            None => return,
        }
    }
}
