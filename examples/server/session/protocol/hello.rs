//! What a hello leads to: who is let in, what is stale, and what is superseded.

use super::carrier::Phase;
use super::crowd::try_later;
use super::frame::{End, Hello, Mode};
use super::link::Link;
use super::session::{Session, is_same};
use super::{CarrierId, Event, Kind, Millis, SessionId, Sessions};

impl Sessions {
    pub(crate) fn hello(&mut self, id: CarrierId, hello: &Hello, now: Millis) -> Result<(), End> {
        let Some(carrier) = self.carriers.get(&id) else { return Ok(()) };
        carrier.check(hello)?;
        let principal = (carrier.opening.gate)(hello)?;
        let session = SessionId::from(hello.id.as_str());
        let is_new = !self.sessions.contains_key(&session);
        if is_new {
            self.create(id, &session, hello, principal, now)?;
        } else {
            self.recognise(id, &session, hello, &principal, now)?;
        }
        self.link(id, session, hello, is_new, now)
    }

    /// Whoever knows the name must know the key, and be the one who made it.
    fn recognise(
        &mut self,
        id: CarrierId,
        session: &SessionId,
        hello: &Hello,
        principal: &str,
        now: Millis,
    ) -> Result<(), End> {
        if self.sessions.get(session).is_some_and(|it| it.is_of(&hello.key, principal)) {
            return Ok(());
        }
        self.charge(id, now)?;
        Err(not_yours())
    }

    fn create(
        &mut self,
        id: CarrierId,
        session: &SessionId,
        hello: &Hello,
        principal: String,
        now: Millis,
    ) -> Result<(), End> {
        if let Some(tombstone) = self.tombstones.get(session, &self.config, now) {
            if !is_same(&tombstone.key, &hello.key) {
                self.charge(id, now)?;
                return Err(not_yours());
            }
            return Err(End {
                recv: Some(tombstone.recv),
                ..End::new(4404, "the session is gone")
            });
        }
        let Some(att) = hello.att.filter(|_| hello.new && hello.mode.attaches()) else {
            return Err(End::new(4404, "no such session"));
        };
        if hello.recv > 0 {
            return Err(End::malformed("a new session has received nothing"));
        }
        self.charge(id, now)?;
        let Some(carrier) = self.carriers.get(&id) else { return Ok(()) };
        let address = carrier.opening.address.clone();
        self.crowd.enter(&address, &principal, &self.config)?;
        self.sessions.insert(
            session.clone(),
            Session {
                key: hello.key.clone(),
                principal,
                address,
                protocol: hello.protocols.iter().flatten().next().cloned(),
                uplink: Default::default(),
                downlink: Default::default(),
                carrier: None,
                alone_since: now,
                att,
                attaches: Default::default(),
                closing: None,
            },
        );
        self.events.push_back(Event::Opened { session: session.clone(), carrier: id });
        Ok(())
    }

    /// Ties the carrier to its session; an attach moves the downlink here.
    fn link(
        &mut self,
        id: CarrierId,
        name: SessionId,
        hello: &Hello,
        is_new: bool,
        now: Millis,
    ) -> Result<(), End> {
        let (Some(carrier), Some(session)) =
            (self.carriers.get_mut(&id), self.sessions.get_mut(&name))
        else {
            return Ok(());
        };
        let mut superseded = None;
        if let Some(att) = hello.att.filter(|_| hello.mode.attaches()) {
            // Browsers and proxies may repeat a POST; nobody repeats a WebSocket's first message.
            let is_stale = match carrier.opening.kind {
                Kind::WebSocket => att <= session.att,
                Kind::Post => att < session.att,
            };
            if is_stale && !is_new {
                return Err(End::new(4409, "stale"));
            }
            // Polls that follow one another are no hurry of the client's.
            if hello.mode != Mode::Poll || session.carrier.is_some() {
                session
                    .attaches
                    .take(self.config.attaches, now)
                    .map_err(|retry| try_later("too many attaches", retry))?;
            }
            session.downlink.acknowledge(hello.recv)?;
            session.att = att;
            superseded = session.carrier.replace(id);
        } else {
            session.downlink.acknowledge(hello.recv)?;
        }
        carrier.phase = Phase::Linked(Link::new(name.clone(), hello, &self.config, now));
        if let Some(older) = superseded {
            self.end(older, End::new(4409, "superseded"), now);
        }
        self.after(&name, now);
        self.wake(id);
        Ok(())
    }

    fn charge(&mut self, id: CarrierId, now: Millis) -> Result<(), End> {
        let Some(carrier) = self.carriers.get(&id) else { return Ok(()) };
        self.crowd.charge(&carrier.opening.address, &self.config, now)
    }
}

/// The same words for a wrong key and a wrong principal: neither is told that the other was right.
fn not_yours() -> End {
    End::new(4403, "not your session")
}
