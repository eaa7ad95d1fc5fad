"use client";

import { ReconnectingWebSocket, version } from "everline";
import { useEffect, useState } from "react";

/** Rendered by the server first, where there is no page to connect from. */
export default function Page() {
  const [outcome, setOutcome] = useState("waiting");
  useEffect(() => {
    const socket = new ReconnectingWebSocket(decodeURIComponent(location.hash.slice(1)));
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => socket.close(1000, data);
    socket.onclose = ({ code, reason }) => setOutcome(`${code} ${reason}`);
    return () => socket.close();
  }, []);
  return <p title={version}>{outcome}</p>;
}
