/** The protocol between client and server: Skynet's example protocol. */

/** What clients ask. */
export const c2s: string = `
.package {
  type 0 : integer
  session 1 : integer
}

handshake 1 {
  response {
    msg 0 : string
  }
}

get 2 {
  request {
    what 0 : string
  }
  response {
    result 0 : string
  }
}

set 3 {
  request {
    what 0 : string
    value 1 : string
  }
}

quit 4 {}
`;

/** What the server pushes. */
export const s2c: string = `
.package {
  type 0 : integer
  session 1 : integer
}

heartbeat 1 {}
`;
