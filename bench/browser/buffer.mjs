// What a peer takes from Node's globals; the package is the one it depends on itself.
export { Buffer } from "buffer/";
