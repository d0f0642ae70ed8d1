/** The protocol between client and server, by the names that protoloader is told. */

const header = `
.package {
  type 0 : integer
  session 1 : integer
  ud 2 : string
}
`;

export const files: Readonly<Record<string, string>> = {
  /** What clients ask. */
  "proto.c2s": `${header}
ping 1 {}

signup 2 {
  request {
    userid 0 : string
  }
  response {
    ok 0 : boolean
  }
}

signin 3 {
  request {
    userid 0 : string
  }
  response {
    ok 0 : boolean
  }
}

login 4 {
  response {
    ok 0 : boolean
  }
}
`,
  /** What the server pushes. */
  "proto.s2c": `${header}
push 1 {
  request {
    text 0 : string
  }
}
`,
};
