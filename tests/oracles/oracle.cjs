// What @metamask/eth-sig-util, ethers and viem say: a JSON request a line on standard input, a JSON answer a line on
// standard output. CAIRN_ORACLES is the directory whose node_modules has them.
//   {"document": text, "key": hex, "signature": hex, "by": [names]} -> {name: {digest, signature, recovered}}
//     digest and signature of the document by that library; recovered is whose `signature` (ours) it takes it for
//   {"open": text, "password": text} -> {"key": hex}      a key file read by ethers
'use strict';
const {createRequire} = require('module');
const readline = require('readline');
const load = createRequire(process.env.CAIRN_ORACLES + '/');
const sigUtil = load('@metamask/eth-sig-util');
const ethers = load('ethers');
const viem = load('viem');
const {privateKeyToAccount} = load('viem/accounts');

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bare = (text) => text.replace(/^0x/, '').toLowerCase();

const libraries = {
  'eth-sig-util'(data, key, signature) {
    const version = 'V4';
    return {
      digest: hex(sigUtil.TypedDataUtils.eip712Hash(data, version)),
      signature: sigUtil.signTypedData({privateKey: Buffer.from(key, 'hex'), data, version}),
      recovered: sigUtil.recoverTypedSignature({data, signature: '0x' + signature, version}),
    };
  },
  async ethers(data, key, signature) {
    const {EIP712Domain, ...types} = data.types;
    return {
      digest: ethers.TypedDataEncoder.hash(data.domain, types, data.message),
      signature: await new ethers.Wallet('0x' + key).signTypedData(data.domain, types, data.message),
      recovered: ethers.verifyTypedData(data.domain, types, data.message, '0x' + signature),
    };
  },
  async viem(data, key, signature) {
    return {
      digest: viem.hashTypedData(data),
      signature: await privateKeyToAccount('0x' + key).signTypedData(data),
      recovered: await viem.recoverTypedDataAddress({...data, signature: '0x' + signature}),
    };
  },
};

async function answer(request) {
  if (request.open !== undefined) {
    const account = await ethers.decryptKeystoreJson(request.open, request.password);
    return {key: bare(account.privateKey)};
  }
  const out = {};
  for (const name of request.by) {
    try {
      const said = await libraries[name](JSON.parse(request.document), request.key, request.signature);
      out[name] = {digest: bare(said.digest), signature: bare(said.signature), recovered: bare(said.recovered)};
    } catch (error) {
      out[name] = {error: String(error.message).split('\n')[0]};
    }
  }
  return out;
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin}))
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
})();
