/** What is used of the package des.js, which has no types of its own. */
declare module "des.js" {
  interface Cipher {
    update(data: Uint8Array): number[];
    final(): number[];
  }
  const des: {
    readonly DES: { create(options: { type: "encrypt" | "decrypt"; key: Uint8Array; padding: false }): Cipher };
  };
  export default des;
}
