//! What a storm needs of a client, whatever decides for it.

use everline::connection::Millis;

/// How the server lets go of its clients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Loss {
    /// It dies, and the connections with it: close code 1006.
    Killed,
    /// It says so, with this code, and perhaps with the time after which each is to come back.
    Closed { code: u16, retry: Option<Millis> },
}

/// Everything happens at some time in ms.
pub(crate) trait Client {
    /// Its open connection has ended.
    fn cut(&mut self, loss: Loss, now: Millis);
    /// The attempt under way is open, and the server has said something.
    fn opened(&mut self, now: Millis);
    /// The attempt under way has failed.
    fn refused(&mut self, now: Millis);
    /// The time of its deadline has come.
    fn wake(&mut self, now: Millis);
    /// What it does about it: drained after each of the above.
    fn next_step(&mut self) -> Option<Step>;
    /// When it wants to be woken.
    fn deadline(&self) -> Option<Millis>;
}

/// What a client does.
pub(crate) enum Step {
    /// It tries to connect.
    Try,
    /// It lets go of the attempt under way.
    Abandon,
}
